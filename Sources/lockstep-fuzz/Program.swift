#if !LIBFUZZER
    import Glibc

    /// `lockstep-fuzz run TARGET|all [COUNT [SEED]]` tries generated inputs; without a count the short run's.
    /// `lockstep-fuzz try TARGET FILE…` tries files. `lockstep-fuzz list` names the targets.
    /// `lockstep-fuzz seeds TARGET DIRECTORY` writes what libFuzzer starts from: good inputs, and the words beside
    /// them as DIRECTORY.dict.
    ///
    /// A broken promise or a crash ends the program by a signal, an input that takes longer than ten seconds too; the
    /// input is then in the file that `FUZZ_INPUT` names, and `lockstep-fuzz kept FILE` prints it.
    @main
    enum Program {
        private static let longest: UInt32 = 10

        static func main() {
            let words = Array(CommandLine.arguments.dropFirst())
            switch (words.first, words.count) {
            case ("list", 1): for target in FuzzTarget.all { print(target.name) }
            case ("run", 2...4): run(words)
            case ("try", 3...): tryFiles(words[1], Array(words[2...]))
            case ("kept", 2): printKept(words[1])
            case ("seeds", 3): writeSeeds(words[1], words[2])
            default:
                refuse(
                    "usage: lockstep-fuzz list | run TARGET|all [COUNT [SEED]] | try TARGET FILE… | kept FILE | seeds TARGET DIRECTORY"
                )
            }
        }

        private static func run(_ words: [String]) {
            let targets = words[1] == "all" ? FuzzTarget.all : FuzzTarget.named(words[1]).map { [$0] } ?? []
            if targets.isEmpty { refuse("there is no target \(words[1])") }
            let seed = words.count > 3 ? UInt64(words[3]) ?? 1 : 1
            let kept = getenv("FUZZ_INPUT").map { KeptInput(at: String(cString: $0)) }
            for target in targets {
                let count = words.count > 2 ? Int(words[2]) ?? 0 : target.shortCount
                var mutation = Mutation(of: target, seed: seed)
                for seed in target.seeds { attempt(seed, target, kept) }
                for _ in 0..<count { attempt(mutation.next(), target, kept) }
                print("\(target.name): \(count + target.seeds.count) inputs")
            }
        }

        private static func attempt(_ input: [UInt8], _ target: FuzzTarget, _ kept: KeptInput?) {
            kept?.keep(input)
            alarm(longest)
            target.run(input)
            alarm(0)
        }

        private static func tryFiles(_ name: String, _ files: [String]) {
            guard let target = FuzzTarget.named(name) else { return refuse("there is no target \(name)") }
            for file in files {
                guard let handle = fopen(file, "re") else { return refuse("cannot read \(file)") }
                var bytes = [UInt8](repeating: 0, count: 1 << 20)
                let count = fread(&bytes, 1, bytes.count, handle)
                fclose(handle)
                print("\(name): \(file)")
                attempt(Array(bytes[..<count]), target, nil)
            }
        }

        private static func printKept(_ path: String) {
            guard let input = KeptInput.read(path) else { return refuse("\(path) keeps no input") }
            _ = input.withUnsafeBytes { Glibc.write(1, $0.baseAddress, $0.count) }
        }

        private static func writeSeeds(_ name: String, _ directory: String) {
            guard let target = FuzzTarget.named(name) else { return refuse("there is no target \(name)") }
            for (index, seed) in target.seeds.enumerated() { write(seed, to: "\(directory)/seed-\(index)") }
            let lines = target.words.map { word in
                "\"" + word.map { "\\x" + String(Int($0) + 0x100, radix: 16).suffix(2) }.joined() + "\"\n"
            }
            write(Array(lines.joined().utf8), to: directory + ".dict")
        }

        private static func write(_ bytes: [UInt8], to path: String) {
            guard let file = fopen(path, "we") else { return refuse("cannot write \(path)") }
            fwrite(bytes, 1, bytes.count, file)
            fclose(file)
        }

        private static func refuse(_ text: String) {
            print(text)
            exit(64)
        }
    }
#endif
