import ArgumentParser
import MirrorCore
import MirrorStatus

enum LogOption {
    static func categories(_ names: [String]) throws -> LogCategories {
        var categories = LogCategories()
        for name in names where !categories.enable(ByteString(name)) {
            throw ValidationError(
                "\"\(name)\" is no category of the log; they are all, scarce, Normal, Warn, Error, Info…")
        }
        return categories
    }
}
