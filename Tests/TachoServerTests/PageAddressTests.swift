import Testing

@testable import TachoServer

@Suite struct PageAddressTests {
    private func address(_ host: String, port: Int = 8080) -> PageAddress {
        let address = PageAddress(host: host, machineName: "lab7")
        address.bind(port: port)
        return address
    }

    @Test func tokensAreLongAndDiffer() {
        let tokens = (0..<100).map { _ in AccessToken().text }
        #expect(Set(tokens).count == 100)
        #expect(tokens.allSatisfy { $0.count == 32 && $0.allSatisfy(\.isHexDigit) })
        let token = AccessToken()
        #expect(token.matches(token.text))
        #expect(
            !token.matches(token.text.dropLast()) && !token.matches("") && !token.matches(AccessToken().text))
    }

    @Test(arguments: [
        ("127.0.0.1:8080", true), ("localhost:8080", true), ("LOCALHOST:8080", true), ("[::1]:8080", true),
        ("127.0.0.1", false), ("127.0.0.1:8081", false), ("evil.example:8080", false), ("lab7:8080", false),
        ("192.168.1.5:8080", false), ("127.0.0.1.evil.example:8080", false), ("", false), (":8080", false),
        ("[::1:8080", false), ("localhost:8080x", false),
    ])
    func loopbackTakesItsOwnNamesAlone(authority: String, isTaken: Bool) {
        #expect(address("127.0.0.1").accepts(authority: authority) == isTaken)
    }

    @Test(arguments: [
        ("192.168.1.5:8080", true), ("lab7:8080", true), ("[fe80::1]:8080", true),
        ("evil.example:8080", false),
        ("lab7:80", false),
    ])
    func aWildcardTakesDigitsAndTheMachinesName(authority: String, isTaken: Bool) {
        #expect(address("0.0.0.0").accepts(authority: authority) == isTaken)
    }

    @Test func originsAreOurOwn() {
        let address = address("127.0.0.1")
        #expect(address.accepts(origin: "http://127.0.0.1:8080"))
        for other in ["https://127.0.0.1:8080", "http://127.0.0.1", "null", "http://evil.example:8080", ""] {
            #expect(!address.accepts(origin: other))
        }
    }

    @Test func addressesToOpen() {
        #expect(address("0.0.0.0").url.hasPrefix("http://127.0.0.1:8080/"))
        #expect(address("::1").url.hasPrefix("http://[::1]:8080/"))
        #expect(!address("localhost").isOpenToOthers && address("0.0.0.0").isOpenToOthers)
    }
}
