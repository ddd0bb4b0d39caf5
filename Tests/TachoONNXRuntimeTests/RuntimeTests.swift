import Testing

/// The tests that need the real library, one after the other: some count the threads of this process.
///
/// Slots of the C API that the engine calls are proved by tests that would fail with another function in their
/// place. Not proved on machines without CUDA: 204, 206 and 208, which come after 205 has succeeded.
///
///     slots                                           proved in
///     1, 2, 93      status                            ModelErrorTests
///     3, 92         environment                       every test; LibraryTests
///     7, 10, 95, 100  session and its options         EngineTests.addsNumbers
///     11            optimised model                   OptionTests.savesTheOptimisedModel
///     13, 23, 25    mode, level, inter-op threads     OptionTests.parallelExecution, .optimizationLevels
///     17, 19        memory pattern, arena             OptionTests.memoryEntries
///     22            log severity                      OptionTests.logSeverity
///     24            intra-op threads                  OptionTests.observedThreads
///     30, 31, 33, 34, 36, 37, 55, 56, 60-63, 98, 390  EngineTests.readsSpecs
///     39, 97, 133-137  binding and running            EngineTests.addsNumbers
///     48, 52-54     strings                           TensorTypeTests.strings
///     49, 51, 96    numbers                           TensorTypeTests.keepsBits
///     50, 65, 99, 138, 140, 142  outputs               OutputShapeTests
///     69, 94        memory                            every test that runs
///     76, 78        allocator                         EngineTests.readsSpecs (names), OutputShapeTests
///     125, 126      providers                         ProviderTests.lists
///     130           entries                           OptionTests.refusedEntry, .acceptedEntry
///     205           CUDA's options                    ProviderTests.cudaOptions (refused where there is no CUDA)
///     216           generic provider                  ProviderTests.appendsGeneric
///     254           build information                 LibraryTests.opens
///     303, 304, 312 devices                           ProviderTests.appendsDevice
///     407-409       assignment of nodes               ProviderTests.countsNodes
///     419, 420      memory pattern, mode              OptionTests.memoryEntries, .parallelExecution
@Suite(.serialized, .enabled(if: TestLibrary.path != nil, "needs the library that the set-up script fetches"))
struct RuntimeTests {}
