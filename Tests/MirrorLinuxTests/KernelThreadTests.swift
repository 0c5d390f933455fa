import Foundation
import MirrorCore
import Testing

@testable import MirrorLinux

@Suite("The kernel thread")
struct KernelThreadTests {
    @Test("work is done in the order in which it was handed over")
    func workIsOrdered() async throws {
        let seen = Collected<Int>()
        try await withKernel { kernel in
            for number in 0..<1000 { kernel.perform { seen.append(number) } }
            await expectEventually { seen.count == 1000 }
        }
        #expect(seen.all == Array(0..<1000))
    }

    @Test("stop does what was handed over before, and takes nothing after")
    func stopFinishes() throws {
        let seen = Collected<Int>()
        let kernel = try KernelThread()
        for number in 0..<100 { kernel.perform { seen.append(number) } }
        kernel.start()
        kernel.stop()
        #expect(seen.count == 100)
        let isTaken = kernel.perform { seen.append(-1) }
        #expect(!isTaken)
    }

    @Test("a deadline is told once, not before its time, and a new one takes the place of the old")
    func deadlines() async throws {
        let told = Collected<Moment>()
        try await withKernel(KernelCallbacks(deadlineReached: { told.append(Clock.now()) })) { kernel in
            kernel.setDeadline(Clock.now() + .seconds(3600))
            let moment = Clock.now() + .milliseconds(20)
            kernel.setDeadline(moment)
            await expectEventually { told.count == 1 }
            #expect(told.all.first.map { $0 >= moment } == true)
            kernel.setDeadline(Moment(nanoseconds: 1))
            await expectEventually { told.count == 2 }
            kernel.setDeadline(Clock.now() + .milliseconds(30))
            kernel.setDeadline(nil)
            let later = Collected<Bool>()
            kernel.perform { kernel.schedule(after: .milliseconds(60)) { later.append(true) } }
            await expectEventually { later.count == 1 }
            #expect(told.count == 2)
        }
    }

    @Test("timers of the thread fire in the order of their moments; a cancelled one never")
    func timers() async throws {
        let fired = Collected<Int>()
        try await withKernel { kernel in
            kernel.perform {
                kernel.schedule(after: .milliseconds(30)) { fired.append(3) }
                kernel.schedule(after: .milliseconds(10)) { fired.append(1) }
                kernel.cancel(kernel.schedule(after: .milliseconds(15)) { fired.append(-1) })
                kernel.schedule(after: .milliseconds(20)) { fired.append(2) }
            }
            await expectEventually { fired.count == 3 }
        }
        #expect(fired.all == [1, 2, 3])
    }

    @Test("a descriptor is served while it is watched and not after")
    func watchedDescriptors() async throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let (reading, writing) = (ends[0], ends[1])
        let seen = Collected<UInt8>()
        try await withKernel { kernel in
            kernel.perform {
                try? kernel.watch(reading) {
                    var byte: UInt8 = 0
                    if read(reading, &byte, 1) == 1 { seen.append(byte) }
                }
            }
            _ = write(writing, "ab", 2)
            await expectEventually { seen.count == 2 }
            kernel.perform { kernel.unwatch(reading) }
            _ = write(writing, "c", 1)
            let after = Collected<Bool>()
            kernel.perform { kernel.schedule(after: .milliseconds(20)) { after.append(true) } }
            await expectEventually { after.count == 1 }
        }
        #expect(seen.all == [0x61, 0x62])
        close(reading)
        close(writing)
    }

    @Test("an error tells the call, the name and the kernel's words")
    func errorText() {
        let error = SystemCallError(call: "open", path: "/srv/web", errno: EACCES)
        #expect(error.description == #"open "/srv/web": Permission denied"#)
        #expect(SystemCallError(call: "pipe2", errno: EMFILE).description == "pipe2: Too many open files")
    }
}
