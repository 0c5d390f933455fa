#if LIBFUZZER
    import Glibc

    // The entry where libFuzzer leads: it makes inputs by what code they reach. `FUZZ_TARGET` says what is tried; the
    // words of the command line are libFuzzer's. Swift's package manager wants a main function by this name.

    private let chosen: FuzzTarget = {
        let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
        guard let target = FuzzTarget.named(name) else { preconditionFailure("FUZZ_TARGET names no target: \(name)") }
        return target
    }()

    typealias Words = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

    @_silgen_name("LLVMFuzzerRunDriver")
    func runDriver(
        _ count: UnsafeMutablePointer<CInt>, _ words: UnsafeMutablePointer<Words?>,
        _ attempt: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
    ) -> CInt

    @_cdecl("lockstep_fuzz_main")
    func entry(_ count: CInt, _ words: Words?) -> CInt {
        var count = count
        var words = words
        return runDriver(&count, &words) { bytes, count in
            chosen.run(Array(UnsafeBufferPointer(start: bytes, count: count)))
            return 0
        }
    }
#endif
