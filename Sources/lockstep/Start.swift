import MirrorCore
import MirrorDaemon
import MirrorLinux
import MirrorLua
import MirrorStatus

/// What is to run, and what is questionable about it.
struct Loaded {
    let settings: Settings
    let warnings: [Diagnostic]
    var scripts: ScriptRuntime?
}

/// One start, up to the fork: everything that can be checked is checked here, where its caller still listens.
struct Start: Sendable {
    let codes: ExitCodes
    /// The directory in which the program was started; relative paths mean it, also after the fork.
    let workingDirectory: ByteString
    var configurationFile: ByteString?
    var overrides = CommandLineOverrides()
    /// Instead of a configuration.
    var mirror: PlainMirror?
    var categories = LogCategories()
    /// Whatever the configuration says.
    var staysInForeground = false

    init(codes: ExitCodes) {
        self.codes = codes
        workingDirectory = (try? RealPath.currentDirectory()) ?? "/"
    }

    /// Absolute; nil without a configuration.
    var configurationPath: ByteString? {
        configurationFile.map { $0.hasPrefix("/") ? $0 : workingDirectory + "/" + $0 }
    }

    /// Blocking. Everything that is wrong comes as one error.
    func configuration() throws(ConfigurationError) -> Loaded {
        if let mirror { return Loaded(settings: mirror.settings(workingDirectory: workingDirectory), warnings: []) }
        let loaded = try Configuration.load(
            file: configurationFile, overrides: overrides, workingDirectory: workingDirectory)
        return Loaded(settings: loaded.settings, warnings: loaded.warnings, scripts: loaded.scripts)
    }

    /// nil after every mistake has been printed.
    func load() -> Loaded? {
        do throws(ConfigurationError) {
            return try configuration()
        } catch {
            Terminal.errors(codes.render(error.diagnostics))
            return nil
        }
    }

    func begin() -> Beginning {
        Signals.block()
        let notifySocket = NotifySocket.taken()
        guard let loaded = load() else { return .ended(codes.configuration) }
        let settings = loaded.settings
        let obstacles = Preflight.obstacles(for: settings)
        guard obstacles.isEmpty else {
            Terminal.errors(settings.redaction.apply(obstacles.map(LogFormat.startup).joined(separator: "")))
            return .ended(codes.cannotStart)
        }
        let inForeground = staysInForeground || settings.staysInForeground
        let log = LogOutput(settings: settings, categories: categories, inForeground: inForeground)
        log.write(LogLine(.normal, inForeground ? "--- Startup ---" : "--- Startup, daemonizing ---"))
        for warning in loaded.warnings { log.write(DiagnosticLine.of(warning)) }
        return detached(loaded, log: log, inForeground: inForeground, notifySocket)
    }

    private func detached(
        _ loaded: Loaded, log: LogOutput, inForeground: Bool, _ notifySocket: NotifySocket?
    ) -> Beginning {
        let settings = loaded.settings
        do throws(SystemCallError) {
            if !inForeground { try Daemon.detach() }
        } catch {
            Terminal.errors("Error: it cannot go to the background: " + ByteString(error.description) + "\n")
            return .ended(codes.cannotStart)
        }
        var pidFile: PidFile?
        do throws(SystemCallError) {
            pidFile = try settings.pidFile.map { path throws(SystemCallError) in try PidFile(path) }
        } catch {
            log.write(Preflight.pidFileObstacle(settings.pidFile ?? "", error))
            return .ended(codes.cannotStart)
        }
        return .serves(
            Service(
                start: self, settings: settings, log: log, inForeground: inForeground, pidFile: pidFile,
                notifySocket: notifySocket, scripts: loaded.scripts))
    }
}
