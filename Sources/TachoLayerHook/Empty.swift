// The library's code is C: Sources/CTachoLayerHook. A product of the package manager needs a Swift target to be linked
// without the Swift runtime.
