import Foundation
import MirrorCore
import Testing

@testable import MirrorLinux

@Suite struct RecordedSourceTests {
    @Test("what a recorder wrote is told again in its order, at once and at its pace")
    func roundTrip() async throws {
        let scratch = Scratch()
        let path = scratch.bytes("record")
        let told: [[Notice]] = [
            [.live(directories: 2)], [.touched("a", isDirectory: false), .disappeared("b", isDirectory: true)],
            [.renamed(from: "c", to: "d", isDirectory: false)],
        ]
        let recorder = try NoticeRecorder(path)
        for notices in told { try recorder.add(notices) }
        #expect(throws: SystemCallError.self) { try NoticeRecorder(path) }
        let content = try #require(FileManager.default.contents(atPath: path.description))
        let (entries, fault) = NoticeRecord.decode(Array(content))
        #expect(fault == nil)
        for pace in [RecordedSource.Pace.atOnce, .asItHappened] {
            try await withKernel { kernel in
                let notices = Collected<Notice>()
                let source = RecordedSource(entries, kernel: kernel, pace: pace) { batch in
                    for notice in batch { notices.append(notice) }
                }
                source.start()
                await withCheckedContinuation { continuation in source.catchUp { continuation.resume() } }
                #expect(notices.all == told.flatMap { $0 })
                #expect(await source.watchedDirectories(limit: 5).count == 2)
                source.stop()
            }
        }
    }
}
