// swift-tools-version:6.1
import PackageDescription

let package = Package(
    name: "MeasureAClosure",
    dependencies: [
        // In a package of your own: .package(url: "<where this project lives>", from: "0.1.0")
        .package(name: "tachograph", path: "../..")
    ],
    targets: [
        .executableTarget(
            name: "MeasureAClosure", dependencies: [.product(name: "Tachograph", package: "tachograph")])
    ],
    swiftLanguageModes: [.v6]
)
