import MirrorCore
import MirrorLinux
import MirrorLua
import MirrorStatus
import MirrorTransfer
import Synchronization

/// Does what the core says for syncs with functions or commands of their own. Functions run on a thread of their own,
/// one after the other: one that loops or waits stops nothing else.
final class ScriptShell: Sendable {
    private let runtime: ScriptRuntime
    private let settings: Settings
    private let kernel: KernelThread
    private let inbox: Inbox
    private let log: LogOutput
    private let memory: SourceMemory
    private let commands: ScriptCommands
    private let tunnels: Tunnels
    private let files = BlockingPool(threads: 2)
    private let thread = BlockingPool(threads: 1)
    private let callsUnderWay = Atomic(0)

    init(
        runtime: ScriptRuntime, settings: Settings, options: DaemonOptions, tunnels: Tunnels,
        surroundings: (kernel: KernelThread, inbox: Inbox)
    ) {
        self.runtime = runtime
        self.settings = settings
        self.tunnels = tunnels
        (kernel, inbox) = surroundings
        memory = options.memory
        let log = options.log
        self.log = log
        commands = ScriptCommands(kernel: kernel, output: { log.childOutput($0, of: $1) })
        call { [settings] runtime in
            let decision = runtime.begin(
                settings: settings,
                outside: ScriptRuntime.Outside(
                    log: { log.write(LogLine(LogCategory($0.description), $1)) },
                    tunnel: { tunnels.status(of: $0) }))
            return (HookCallID(0), decision)
        }
    }

    func perform(_ order: ScriptOrder, in group: inout DiscardingTaskGroup) {
        switch order {
        case .callHook(let call): self.call { (call.id, $0.call(call)) }
        case .startProcess(let process): start(process, in: &group)
        case .listSubtree(let target, let path):
            let (files, inbox, source) = (files, inbox, settings.syncs[target.index].source)
            group.addTask {
                let names = await files.run { Subtree.names(below: path, of: source) }
                inbox.post(.script(.subtreeListed(target, path, names)))
            }
        case .openTunnel(let target): openTunnel(of: target, in: &group)
        case .observe(let number, let reads, let writes):
            kernel.observe(number, reads: reads, writes: writes) { [inbox] isReadable, isWritable in
                inbox.post(.script(.descriptorReady(number, isReadable: isReadable, isWritable: isWritable)))
            }
        case .forget(let number): kernel.closeObserved(number)
        }
    }

    private func openTunnel(of target: TargetID, in group: inout DiscardingTaskGroup) {
        guard let settings = settings.syncs[target.index].tunnel else { return }
        let (inbox, log) = (inbox, log)
        let tunnel = tunnels.tunnel(settings, output: { log.childOutput($0, of: target) })
        group.addTask {
            switch await tunnel.way(isStopped: { false }) {
            case .success(let port): inbox.post(.script(.tunnelAnswered(target, .up(port: port))))
            case .failure(let failure): inbox.post(.script(.tunnelAnswered(target, .down(failure.text))))
            }
        }
    }

    /// Nobody waits for the answer: a function that never returns must not keep the program from its end.
    private func call(_ body: @escaping @Sendable (ScriptRuntime) -> (HookCallID, HookDecision)) {
        callsUnderWay.add(1, ordering: .relaxed)
        thread.submit { [self] in
            let (id, decision) = body(runtime)
            callsUnderWay.subtract(1, ordering: .relaxed)
            inbox.post(.script(.hookReturned(id, decision)))
        }
    }

    private func start(_ process: ScriptProcess, in group: inout DiscardingTaskGroup) {
        log.write(LogLine(.exec, Self.shown(process.command)))
        let (files, inbox, memory, commands) = (files, inbox, memory, commands)
        let source = settings.syncs[process.target.index].source
        group.addTask {
            // The last look before something that may delete: what the core believes may be a moment old.
            if let suspicion = await files.run({ memory.suspicion(of: source) }) {
                return inbox.post(.script(.processEnded(process.id, .sourceSuspect(suspicion))))
            }
            inbox.post(.script(.processEnded(process.id, await commands.run(process))))
        }
    }

    private static func shown(_ command: ScriptCommand) -> ByteString {
        var text = Shown.name(command.words.first ?? "")
        if let input = command.input {
            let lines = ByteString(input.bytes.map { $0 == 0 ? UInt8(ascii: "\n") : $0 })
            text += " [<] [" + lines + "]"
        }
        for word in command.words.dropFirst() { text += " [" + Shown.name(word) + "]" }
        return text
    }

    /// A thread in a function that does not come back is left behind.
    func close() {
        files.stop()
        if callsUnderWay.load(ordering: .relaxed) == 0 { thread.stop() }
    }
}

/// What lies below a directory now.
private enum Subtree {
    static func names(below path: RelativePath, of source: ByteString) -> [FoundName] {
        var found: [FoundName] = []
        var open = [path]
        while let directory = open.popLast() {
            // A directory that is gone by now is told by its own event.
            let entries = (try? Directory.entries(of: source + "/" + directory.byteString)) ?? []
            for entry in entries.sorted(by: { $0.name < $1.name }) {
                let name = directory.appending(entry.name.bytes)
                found.append(FoundName(name, isDirectory: entry.isDirectory))
                if entry.isDirectory { open.append(name) }
            }
        }
        return found
    }
}
