/// What a machine can compute and move at most with a number of threads, as measured on it.
///
/// The share of it that a layer reaches says what is left to gain. docs/machine-roof.md says how it is measured.
package struct MachineRoof: Codable, Hashable, Sendable {
    /// A rate in units a second: the greatest of the rounds, and how the rounds spread.
    package struct Rate: Codable, Hashable, Sendable {
        package var best: Double
        package var median: Double
        package var least: Double

        package init(best: Double, median: Double, least: Double) {
            self.best = best
            self.median = median
            self.least = least
        }
    }

    /// When it was measured: wall time since 1970.
    package var measured: Nanoseconds
    package var threads: Int
    /// The processor's name; nil where the machine does not tell it.
    package var processor: String?
    /// Instructions of the product: `avx512`, `avx2`, `neon`, `portable`.
    package var instructions: String
    /// Operations a second of a single-precision matrix product in the caches; a multiply-add counts as two.
    package var product: Rate
    /// Bytes a second that a copy reads and writes, both counted.
    package var copy: Rate
    /// Bytes of the array that is copied.
    package var copiedBytes: Int
    /// Bytes of the last-level caches that the threads can use; nil where the machine does not tell them.
    package var cacheBytes: Int?

    package init(
        measured: Nanoseconds, threads: Int, processor: String?, instructions: String, product: Rate,
        copy: Rate, copiedBytes: Int, cacheBytes: Int?
    ) {
        self.measured = measured
        self.threads = threads
        self.processor = processor
        self.instructions = instructions
        self.product = product
        self.copy = copy
        self.copiedBytes = copiedBytes
        self.cacheBytes = cacheBytes
    }

    package var gigaflopsPerSecond: Double { product.best / 1e9 }
    package var gigabytesPerSecond: Double { copy.best / 1e9 }

    /// Operations a byte from which the product and no longer the copy is the limit.
    package var ridge: Double { product.best / copy.best }

    /// Operations a second that can be reached at most at this intensity, in operations a byte.
    package func attainable(atIntensity intensity: Double) -> Double {
        min(product.best, copy.best * intensity)
    }
}
