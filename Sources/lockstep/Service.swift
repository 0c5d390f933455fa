import MirrorCore
import MirrorDaemon
import MirrorLinux
import MirrorLua
import MirrorStatus

/// The mirror at work, from the fork to the exit code, through every reading of the configuration.
struct Service: Sendable {
    let start: Start
    let settings: Settings
    let log: LogOutput
    let inForeground: Bool
    let pidFile: PidFile?
    let notifySocket: NotifySocket?
    var scripts: ScriptRuntime?

    func run() async -> Int32 {
        var settings = settings
        var log = log
        var scripts = scripts
        var fault: ByteString?
        while true {
            var options = DaemonOptions(
                log: log, categories: start.categories.adding(settings.logCategories),
                memory: SourceMemory(directory: StateDirectory.of(settings)),
                startedInForeground: inForeground)
            options.scripts = scripts
            options.notifySocket = notifySocket
            options.configurationFile = start.configurationPath
            options.configurationFault = fault
            if start.mirror == nil { options.readAgain = { readAgain() } }
            let end = await MirrorDaemon.Daemon.run(settings: settings, options: options)
            settings = end.settings
            switch end.reason {
            case .reload: (settings, log, scripts, fault) = reloaded(settings, log, scripts)
            case .signal(let number): return ended(128 + number)
            case .onePassDone: return ended(0)
            case .fatal: return ended(start.codes.cannotStart)
            case .script(let code, let isCritical):
                return ended(isCritical ? start.codes.cannotStart : code & 255)
            }
        }
    }

    /// The configuration as it is now; the old settings where there are mistakes in it. After a reload a failed start
    /// is retried, as in lsyncd.
    private func reloaded(
        _ old: Settings, _ log: LogOutput, _ scripts: ScriptRuntime?
    ) -> (Settings, LogOutput, ScriptRuntime?, ByteString?) {
        do throws(ConfigurationError) {
            // What a configuration itself opens means the directory of the start, too.
            if !inForeground { WorkingDirectory.enter(start.workingDirectory) }
            defer { if !inForeground { WorkingDirectory.enter("/") } }
            let loaded = try start.configuration()
            var settings = loaded.settings
            settings.insists = true
            settings.pidFile = old.pidFile
            let log = LogOutput(
                settings: settings, categories: start.categories, inForeground: inForeground, memory: log.memory)
            for warning in loaded.warnings { log.write(DiagnosticLine.of(warning)) }
            return (settings, log, loaded.scripts, nil)
        } catch {
            for diagnostic in error.diagnostics { log.write(DiagnosticLine.of(diagnostic)) }
            let text = "The configuration has mistakes; the settings from before stay.\n  mend it and send HUP again"
            log.write(LogLine(.error, text))
            var settings = old
            settings.insists = true
            let lines = error.diagnostics.map(DiagnosticLine.of)
            return (settings, log, scripts, MirrorDaemon.Daemon.fault(lines))
        }
    }

    /// Beside the program at work.
    private func readAgain() -> ReadAgain {
        if !inForeground { WorkingDirectory.enter(start.workingDirectory) }
        defer { if !inForeground { WorkingDirectory.enter("/") } }
        do throws(ConfigurationError) {
            let loaded = try start.configuration()
            return .read(loaded.settings, warnings: loaded.warnings.map(DiagnosticLine.of))
        } catch {
            return .mistaken(error.diagnostics.map(DiagnosticLine.of))
        }
    }

    private func ended(_ code: Int32) -> Int32 {
        pidFile?.remove()
        return code
    }
}
