import Foundation
import Glibc
import GRDB
import Testing

/// What must not break the page, and what must not get through.
@Suite(.serialized) struct BadInputTests {
    /// Names from strangers are text: they run nothing, and can be read as they are.
    @Test func hostileNamesAreText() throws {
        let hostile = "<img src=x onerror=\"window.hacked=1\"><script>window.hacked=1</script>"
        let page = try ServedPage { folder in
            let name = "\(hostile.replacing("/", with: "")).tacho"
            try ServedPage.copy("v3.tacho", to: folder, as: name)
            let database = try DatabaseQueue(path: folder.appendingPathComponent(name).path)
            try database.write { database in
                let layers = try Row.fetchAll(database, sql: "SELECT launch, ordinal, description FROM layer")
                #expect(!layers.isEmpty)
                for row in layers {
                    let text: String = row["description"]
                    var layer =
                        try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
                    layer["name"] = hostile
                    layer["type"] = hostile
                    let changed = String(
                        decoding: try JSONSerialization.data(withJSONObject: layer), as: UTF8.self)
                    try database.execute(
                        sql: "UPDATE layer SET description = ? WHERE launch = ? AND ordinal = ?",
                        arguments: [changed, row["launch"], row["ordinal"]])
                }
                try database.execute(
                    sql: "INSERT INTO warning (launch, text) VALUES (0, ?)", arguments: [hostile])
                try database.execute(
                    sql: "UPDATE report SET command = ?",
                    arguments: [
                        String(decoding: try JSONEncoder().encode([hostile, hostile]), as: UTF8.self)
                    ])
            }
            try database.close()
        }
        defer { page.close() }
        let browser = try Browser()
        defer { browser.close() }
        try browser.open(page.url)
        #expect(try browser.text("#view").contains("<img src=x onerror="))
        let list =
            try browser.evaluate("fetch('api/reports').then((answer) => answer.json())") as? [String: Any]
        let card = try #require((list?["reports"] as? [[String: Any]])?.first)
        let views = try #require(card["views"] as? [String])
        for view in views {
            try browser.open("\(page.url)#/\(view)?report=\(card["id"] as? String ?? "")")
            usleep(150_000)
            #expect(
                try browser.evaluate("document.querySelectorAll('#view img, #view script, #bar img').length")
                    as? Int == 0)
            #expect(try browser.evaluate("window.hacked === undefined") as? Bool == true, "\(view)")
            #expect(browser.errors.isEmpty, "\(view): \(browser.errors)")
            if view == "overview" { #expect(try browser.text("#view").contains("<img src=x onerror=")) }
        }
    }

    /// A damaged report is listed with why, an unknown view and a wrong token say what to do.
    @Test func clearPages() throws {
        let page = try ServedPage { folder in
            try ServedPage.copy("v3.tacho", to: folder)
            let whole = try Data(contentsOf: ServedPage.fixture("v3.tacho"))
            try whole.prefix(whole.count / 2).write(to: folder.appendingPathComponent("half.tacho"))
            try Data("hello".utf8).write(to: folder.appendingPathComponent("text.tacho"))
        }
        defer { page.close() }
        let browser = try Browser()
        defer { browser.close() }
        try browser.open(page.url)
        #expect(try browser.text("#view").contains("damaged: it is cut off"))
        let half = try #require(page.card("half", in: browser)["id"] as? String)
        try browser.open("\(page.url)#/overview?report=\(half)")
        #expect(try browser.text(".failure").contains("use a copy of the report"))
        let whole = try #require(page.card("v3", in: browser)["id"] as? String)
        try browser.open("\(page.url)#/nonsense?report=\(whole)")
        #expect(try browser.text(".failure").contains("does not exist"))
        try browser.open("\(page.url)#/overview?report=none-123")
        #expect(try browser.text(".failure").contains("no report that is served here"))
        try browser.evaluate("location.href = '/0123456789abcdef0123456789abcdef/'")
        try browser.wait("document.body?.innerText.includes('The token in the address is not right')")
    }

    /// Wrong hosts, origins and paths are refused before anything is read.
    @Test(arguments: [
        ("Host: evil.example", "/TOKEN/", 403), ("Host: 127.0.0.1:1", "/TOKEN/", 403),
        ("Origin: http://evil.example", "/TOKEN/api/reports", 403),
        ("Origin: null", "/TOKEN/api/reports", 403),
        ("", "/TOKEN/../../etc/passwd", 404), ("", "/TOKEN/%2e%2e/%2e%2e/etc/passwd", 404),
        ("", "/TOKEN/api/reports/..%2f..%2fetc%2fpasswd", 404), ("", "/TOKEN/main.js/../../x", 404),
        ("", "/", 403), ("", "/TOKE/", 403), ("", "/TOKEN/api/nothing", 404), ("", "/TOKEN/api/reports", 200),
    ])
    func requestsThatAreRefused(header: String, path: String, status: Int) throws {
        let page = try ServedPage()
        defer { page.close() }
        let parts = page.url.split(separator: "/")
        let (authority, token) = (String(parts[1]), String(parts[2]))
        let host = header.hasPrefix("Host:") ? header : "Host: \(authority)\r\n\(header)"
        let lines =
            "GET \(path.replacing("TOKEN", with: token)) HTTP/1.1\r\n\(host)\r\nConnection: close\r\n\r\n"
            .replacing("\r\n\r\nConnection", with: "\r\nConnection")
        let answer = try Self.raw(lines, port: UInt16(authority.split(separator: ":")[1]) ?? 0)
        #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer.prefix(300))")
        #expect(!answer.contains("root:"))
        #expect(answer.lowercased().contains("content-security-policy: default-src 'none'"))
    }

    /// Said before a byte of it is sent.
    @Test func anUploadThatIsTooLargeIsRefused() throws {
        let page = try ServedPage()
        defer { page.close() }
        let parts = page.url.split(separator: "/")
        let (authority, token) = (String(parts[1]), String(parts[2]))
        let answer = try Self.raw(
            "POST /\(token)/api/models?name=x HTTP/1.1\r\nHost: \(authority)\r\nContent-Length: 3000000000\r\nConnection: close\r\n\r\n",
            port: UInt16(authority.split(separator: ":")[1]) ?? 0)
        #expect(answer.hasPrefix("HTTP/1.1 413 "), "\(answer.prefix(300))")
        #expect(!FileManager.default.fileExists(atPath: page.folder.appendingPathComponent("uploads").path))
    }

    @Test func portInUseAndWrongFolders() throws {
        let page = try ServedPage { try ServedPage.copy("v3.tacho", to: $0) }
        defer { page.close() }
        let port = String(page.url.split(separator: "/")[1].split(separator: ":")[1])
        let inUse = try ServedPage.tacho("open", "v3.tacho", "--no-browser", "--port", port, in: page.folder)
        #expect(inUse.status == 2 && inUse.error.contains("is in use by another program"))
        #expect(try ServedPage.tacho("open", "none.tacho", "--no-browser", in: page.folder).status == 2)
        #expect(try ServedPage.tacho("serve", "none", "--no-browser", in: page.folder).status == 2)
        #expect(
            try ServedPage.tacho("export", "v3.tacho", "--html", "no/page.html", in: page.folder).status == 2)
    }

    /// Bytes over a socket, so that no client makes a path or a header right.
    private static func raw(_ request: String, port: UInt16) throws -> String {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(connected == 0)
        let bytes = Array(request.utf8)
        try #require(write(descriptor, bytes, bytes.count) == bytes.count)
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            answer += buffer[..<count]
        }
        return String(decoding: answer, as: UTF8.self)
    }
}
