extension Prelude {
    /// Tells the program, as a flat stream, what the configuration has come to.
    static let telling = #"""
        local host, labels = shared.host, shared.labels
        local kind_of, each = type, next

        local tell
        local function tell_table(key, value, depth)
            if depth > 12 then
                host("other", key, "table")
                return
            end
            host("open", key)
            for name, item in each, value do tell(name, item, depth + 1) end
            host("close")
        end

        tell = function(key, value, depth)
            local kind = kind_of(value)
            if key == "checkgauge" or value == nil then
                return
            elseif kind == "table" then
                tell_table(key, value, depth)
            elseif kind == "function" then
                host("function", key, labels[value] or "own")
            elseif kind == "userdata" or kind == "thread" then
                host("other", key, kind)
            else
                host("value", key, value)
            end
        end

        shared.keep("tell", function()
            local global = rawget(_G, "settings")
            tell("settings", shared.settings(), 0)
            tell("settingsKind", kind_of(global), 0)
            for _, key in ipairs({
                "syncs", "files", "undefined", "is_assigned", "has_timers", "environment", "field", "field_file",
                "field_line",
            }) do
                tell(key, shared[key], 0)
            end
        end)
        """#
}
