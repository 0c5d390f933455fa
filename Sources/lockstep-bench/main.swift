let wanted = CommandLine.arguments.dropFirst()
if wanted.first == "watch", wanted.count == 3 { try Watcher.run(kind: wanted[2], root: wanted[3]) }

func section(_ name: String, _ title: String, _ table: () async throws -> String) async throws {
    guard wanted.isEmpty || wanted.contains(name) else { return }
    print("## \(title)\n")
    print(try await table() + "\n")
}

try await section("pending", "Cost of an event against the number of pending paths") { PendingCost.table() }
try await section("scripts", "Cost of an event of a sync with functions of its own") { ScriptCost.table() }
try await section("burst", "Many new files at once, to a local target in memory") { try await Burst.table() }
try await section("direct", "Many new files through default.direct, in memory") { try await DirectCopies.table() }
try await section("status", "A thousand targets asked for over HTTP") { try await StatusCost.table() }
try await section("latency", "One file of 4 KiB, from write to visible, in memory") { try await Latency.table() }
try await section("watching", "Watching a tree in memory: the start, and rest") { try await WatchCost.start() }
try await section("load", "Watching 100,000 new files, and what happens beside the source") {
    try await WatchCost.work()
}
try await section("walks", "Looking at every name of a tree") { try await Walks.table() }
