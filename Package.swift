// swift-tools-version: 6.2
import PackageDescription

/// Every target is held to the same rules; see CONTRIBUTING.md.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "lockstep",
    products: [
        .executable(name: "lockstep", targets: ["lockstep"]),
        .executable(name: "lockstep-demo", targets: ["lockstep-demo"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    ],
    targets: [
        // C: shims only, no logic.
        .target(
            name: "CLua",
            linkerSettings: [
                .linkedLibrary(":liblua5.4.a"), .linkedLibrary("m"), .linkedLibrary("dl"),
            ]),
        .target(name: "CLinux"),

        // The core: values and decisions. It imports nothing but Collections.
        .target(
            name: "MirrorCore",
            dependencies: [
                .product(name: "DequeModule", package: "swift-collections")
            ],
            swiftSettings: strict),

        // Around it, each knowing the core.
        .target(name: "MirrorLua", dependencies: ["CLua", "MirrorCore"], swiftSettings: strict),
        .target(name: "MirrorLinux", dependencies: ["CLinux", "MirrorCore"], swiftSettings: strict),
        .target(
            name: "MirrorTransfer",
            dependencies: [
                "CLinux", "MirrorCore", "MirrorLinux", "MirrorReceiver", "MirrorWire",
                .product(name: "DequeModule", package: "swift-collections"),
            ], swiftSettings: strict),
        // The stream: its messages as values.
        .target(name: "MirrorWire", dependencies: ["MirrorCore"], swiftSettings: strict),
        .target(
            name: "MirrorReceiver", dependencies: ["CLinux", "MirrorCore", "MirrorLinux", "MirrorWire"],
            swiftSettings: strict),
        .executableTarget(
            name: "lockstep-agent", dependencies: ["MirrorCore", "MirrorLinux", "MirrorReceiver"],
            swiftSettings: strict),
        .target(name: "MirrorStatus", dependencies: ["MirrorCore"], swiftSettings: strict),
        // Requests and answers over HTTP. The only module that knows NIO.
        .target(
            name: "MirrorHTTP",
            dependencies: [
                "MirrorCore",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ], swiftSettings: strict),
        .target(
            name: "MirrorDaemon",
            dependencies: ["MirrorCore", "MirrorHTTP", "MirrorLua", "MirrorLinux", "MirrorTransfer", "MirrorStatus"],
            swiftSettings: strict),

        // Programs.
        .executableTarget(
            name: "lockstep",
            dependencies: [
                "MirrorCore", "MirrorDaemon", "MirrorLinux", "MirrorLua", "MirrorStatus",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "lockstep-demo", dependencies: ["MirrorCore", "MirrorTesting"], swiftSettings: strict),

        .executableTarget(
            name: "lockstep-bench",
            dependencies: [
                "MirrorCore", "MirrorDaemon", "MirrorLinux", "MirrorStatus", "MirrorTesting", "MirrorTransfer",
            ],
            swiftSettings: strict),

        .executableTarget(
            name: "lockstep-chaos",
            dependencies: [
                "MirrorCore", "MirrorLinux", "MirrorTesting",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),

        .target(name: "MirrorSimulator", dependencies: ["MirrorCore"], swiftSettings: strict),
        .executableTarget(
            name: "lockstep-sim", dependencies: ["MirrorSimulator", "MirrorCore", "MirrorStatus"],
            swiftSettings: strict),

        .executableTarget(
            name: "lockstep-fuzz",
            dependencies: [
                "MirrorCore", "MirrorDaemon", "MirrorHTTP", "MirrorLinux", "MirrorLua", "MirrorStatus",
                "MirrorTransfer", "MirrorWire",
            ],
            swiftSettings: strict),

        // Fixtures for tests and the demonstration.
        .target(name: "MirrorTesting", dependencies: ["CLinux", "MirrorCore", "MirrorLinux"], swiftSettings: strict),

        .testTarget(
            name: "MirrorCoreTests", dependencies: ["MirrorCore"], exclude: ["Cases"], swiftSettings: strict),
        .executableTarget(name: "lockstep-mutate", dependencies: ["MirrorTesting"], swiftSettings: strict),
        .testTarget(
            name: "MirrorSimulatorTests", dependencies: ["MirrorCore", "MirrorSimulator", "MirrorTesting"],
            exclude: ["regressions.txt"], swiftSettings: strict),
        .testTarget(
            name: "MirrorLuaTests", dependencies: ["MirrorCore", "MirrorLua"], swiftSettings: strict),
        .testTarget(
            name: "MirrorLinuxTests", dependencies: ["CLinux", "MirrorCore", "MirrorLinux", "MirrorTesting"],
            swiftSettings: strict),
        .testTarget(
            name: "MirrorTransferTests",
            dependencies: ["MirrorCore", "MirrorLinux", "MirrorTesting", "MirrorTransfer"],
            swiftSettings: strict),
        .testTarget(
            name: "MirrorWireTests", dependencies: ["MirrorCore", "MirrorTesting", "MirrorWire"],
            swiftSettings: strict),
        .testTarget(
            name: "MirrorReceiverTests",
            dependencies: [
                "CLinux", "MirrorCore", "MirrorLinux", "MirrorReceiver", "MirrorTesting", "MirrorWire",
                "lockstep-agent",
            ], swiftSettings: strict),
        .testTarget(
            name: "MirrorStatusTests", dependencies: ["MirrorCore", "MirrorStatus"], swiftSettings: strict),
        .testTarget(
            name: "DaemonTests",
            dependencies: ["MirrorCore", "MirrorDaemon", "MirrorLinux", "MirrorStatus", "MirrorTesting"],
            swiftSettings: strict),
        .testTarget(
            name: "ClusterTests", dependencies: ["MirrorCore", "MirrorLinux", "MirrorTesting"],
            swiftSettings: strict),
        .testTarget(
            name: "FuzzTests", dependencies: ["MirrorCore", "MirrorTesting", "lockstep-fuzz"], exclude: ["Corpus"],
            swiftSettings: strict),
        .testTarget(
            name: "ConformanceTests", dependencies: ["MirrorCore", "MirrorTesting"], swiftSettings: strict),
        .testTarget(name: "TidyTests", swiftSettings: strict),
    ]
)
