package import MirrorCore
package import MirrorLinux
package import MirrorLua
package import MirrorStatus

/// What the loop needs beside the settings.
package struct DaemonOptions: Sendable {
    package var log: LogOutput
    package var categories: LogCategories
    /// Where sources are remembered.
    package var memory: SourceMemory
    package var startedInForeground: Bool
    /// nil where nobody started the program as a service.
    package var notifySocket: NotifySocket?
    /// nil for `lockstep mirror`.
    package var configurationFile: ByteString?
    /// The functions of the configuration, where it has any.
    package var scripts: ScriptRuntime?

    /// What the event sources told last.
    package let notices = RecentNotices()

    /// Blocking; nil for `lockstep mirror`.
    package var readAgain: (@Sendable () -> ReadAgain)?
    /// What is wrong with the configuration, where an older one runs because of it.
    package var configurationFault: ByteString?

    package init(log: LogOutput, categories: LogCategories, memory: SourceMemory, startedInForeground: Bool) {
        self.log = log
        self.categories = categories
        self.memory = memory
        self.startedInForeground = startedInForeground
    }
}
