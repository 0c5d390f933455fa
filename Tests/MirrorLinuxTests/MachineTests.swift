import Foundation
import MirrorCore
import Testing

@testable import MirrorLinux

@Suite("The machine and its network")
struct MachineTests {
    @Test("a port that listens answers, a closed one and an unknown host do not")
    func portProbe() async throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { plain in
                precondition(bind(listener, plain, length) == 0 && listen(listener, 5) == 0)
                getsockname(listener, plain, &length)
            }
            return UInt16(bigEndian: pointer.pointee.sin_port)
        }
        let pool = BlockingPool(threads: 2)
        try await withKernel { kernel in
            let probe = PortProbe(kernel: kernel, pool: pool)
            #expect(await probe.answers(host: "127.0.0.1", port: port, timeout: .seconds(30)))
            close(listener)
            // A child that another test starts just now holds the listener until it has executed its program.
            await expectEventually { await !probe.answers(host: "127.0.0.1", port: port, timeout: .seconds(30)) }
            #expect(await !probe.answers(host: "::not a host::", port: port, timeout: .seconds(30)))
        }
        pool.stop()
    }

    @Test("a probe ends with its time-out while the resolver still thinks, and when the thread ends")
    func portProbeTimeout() async throws {
        let pool = BlockingPool(threads: 1)
        let gate = DispatchSemaphore(value: 0)
        pool.submit { gate.wait() }
        let kernel = try KernelThread()
        kernel.start()
        let probe = PortProbe(kernel: kernel, pool: pool)
        #expect(await !probe.answers(host: "127.0.0.1", port: 9, timeout: .milliseconds(20)))
        async let last = probe.answers(host: "127.0.0.1", port: 9, timeout: .seconds(3600))
        let isAsked = Collected<Bool>()
        kernel.perform { isAsked.append(true) }
        await expectEventually { isAsked.count == 1 }
        kernel.stop()
        #expect(await !last)
        gate.signal()
        pool.stop()
    }

    @Test("own addresses: loopback, the host's name, an address of an interface; not documentation addresses")
    func ownAddresses() {
        #expect(OwnAddresses.contains(host: "localhost"))
        #expect(OwnAddresses.contains(host: "127.0.0.1"))
        #expect(OwnAddresses.contains(host: "127.9.9.9"))
        #expect(OwnAddresses.contains(host: "[::1]"))
        #expect(OwnAddresses.contains(host: ByteString(ProcessInfo.processInfo.hostName)))
        #expect(!OwnAddresses.contains(host: "192.0.2.7"))
        #expect(!OwnAddresses.contains(host: "2001:db8::1"))
    }

    @Test("the pool does everything once, on few threads, and what comes after its end too")
    func pool() async {
        let pool = BlockingPool(threads: 3)
        let threads = Collected<UInt>()
        let sum = await withTaskGroup(of: Int.self) { group in
            for number in 1...500 {
                group.addTask {
                    await pool.run {
                        threads.append(UInt(pthread_self()))
                        return number
                    }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(sum == 125_250)
        #expect(Set(threads.all).count <= 3)
        pool.stop()
        let late = await pool.run { 7 }
        #expect(late == 7)
    }

    @Test("the wall clock has asctime's form, the day padded with a space")
    func wallClock() {
        setenv("TZ", "UTC", 1)
        tzset()
        #expect(WallClock(seconds: 1_795_373_336).dayAndTime == "Sun Nov 22 18:48:56 2026")
        #expect(WallClock(seconds: 1_795_373_336).timeOfDay == "18:48:56")
        #expect(WallClock(seconds: 0).dayAndTime == "Thu Jan  1 00:00:00 1970")
    }

    @Test("a machine has a boot identity")
    func machine() {
        let identity = MachineIdentity.ofThisMachine()
        #expect(identity.bootID.count == 36)
        #expect(identity == MachineIdentity.ofThisMachine())
    }
}
