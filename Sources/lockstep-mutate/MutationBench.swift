import Foundation
import MirrorTesting

/// A copy of the sources in which one thing at a time is broken, built and lived through.
struct MutationBench {
    enum End {
        /// The first check that noticed, and the seed.
        case caught(String, seed: String)
        case survived
        case doesNotBuild(String)
    }

    let checkout: URL
    let seeds: Int
    /// Git leaves names like this alone, and so does a build of the checkout itself.
    private var copy: URL { checkout.appending(path: ".build-mutate") }

    init(checkout: URL, seeds: Int) {
        self.checkout = checkout
        self.seeds = seeds
    }

    func prepare() throws {
        let files = FileManager.default
        try files.createDirectory(at: copy, withIntermediateDirectories: true)
        for name in ["Package.swift", "Sources", "Tests"] {
            let place = copy.appending(path: name)
            if files.fileExists(atPath: place.path) { try files.removeItem(at: place) }
            try files.copyItem(at: checkout.appending(path: name), to: place)
        }
    }

    /// Nothing broken: whether the core passes as it is.
    func live(through mutation: Mutation?) throws -> End {
        guard let mutation else { return try live() }
        let place = copy.appending(path: mutation.file)
        let original = try String(contentsOf: place, encoding: .utf8)
        guard let broken = mutation.applied(to: original) else {
            return .doesNotBuild("its place is not found in \(mutation.file)")
        }
        try broken.write(to: place, atomically: true, encoding: .utf8)
        defer { try? original.write(to: place, atomically: true, encoding: .utf8) }
        return try live()
    }

    private func live() throws -> End {
        let build = try run("swift", ["build", "-c", "release", "--product", "lockstep-sim"])
        guard build.code == 0 else {
            let error = build.output.split(separator: "\n").first { $0.contains("error:") } ?? "the build failed"
            return .doesNotBuild(String(error))
        }
        let lived = try run(".build/release/lockstep-sim", ["run", "--seeds", "\(seeds)", "--quick", "--most", "1"])
        if lived.code == 0 { return .survived }
        return verdict(lived.output)
    }

    /// `seed 17: step 9: back-off: …`; where there is no such line, the core has stopped the program by itself.
    private func verdict(_ output: String) -> End {
        guard let line = output.split(separator: "\n").first(where: { $0.hasPrefix("seed ") }) else {
            return .caught("an invariant of the core itself (it stops)", seed: "")
        }
        let parts = line.components(separatedBy: ": ")
        return .caught(parts.count > 2 ? parts[2] : String(line), seed: String(parts[0].dropFirst(5)))
    }

    private func run(_ program: String, _ arguments: [String]) throws -> (code: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.currentDirectoryURL = copy
        process.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
        let pipe = Pipe()
        (process.standardOutput, process.standardError) = (pipe, pipe)
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}
