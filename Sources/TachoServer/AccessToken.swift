/// The secret in the page's address: whoever has the address may read, nobody else on the machine or in a browser.
package struct AccessToken: Sendable {
    /// 128 random bits as 32 hexadecimal digits.
    package let text: String

    package init() {
        var generator = SystemRandomNumberGenerator()
        text = (0..<2).map { _ in
            let digits = String(UInt64.random(in: .min ... .max, using: &generator), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    /// Takes as long for a wrong guess as for a right one.
    func matches(_ guess: some StringProtocol) -> Bool {
        let (own, other) = (Array(text.utf8), Array(guess.utf8))
        guard own.count == other.count else { return false }
        return zip(own, other).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
