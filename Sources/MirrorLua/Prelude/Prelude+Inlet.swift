extension Prelude {
    /// What sync{} returns: functions on one sync, called with a dot.
    static let inlet = #"""
        local function position(list, wanted)
            for index, value in ipairs(list) do
                if value == wanted then return index end
            end
            return nil
        end

        function shared.inlet(record)
            local functions = {}
            function functions.getConfig() return record.config end
            function functions.addExclude(pattern)
                if not position(record.excludes, pattern) then table.insert(record.excludes, pattern) end
                shared.pattern_changed(record, "exclude", pattern)
            end
            function functions.rmExclude(pattern)
                local index = position(record.excludes, pattern)
                if not index then
                    log("Normal", "Removing not excluded exclude \"", pattern, "\"")
                    return
                end
                table.remove(record.excludes, index)
                shared.pattern_changed(record, "include", pattern)
            end
            function functions.getExcludes() return table.move(record.excludes, 1, #record.excludes, 1, {}) end
            -- lsyncd reads the first word only, its manual gives two: both ways arrive here.
            function functions.appendFilter(rule, pattern)
                if pattern ~= nil then rule = rule .. " " .. pattern end
                table.insert(record.filters, rule)
                shared.pattern_changed(record, "filter", rule)
            end
            function functions.hasFilters() return #record.filters > 0 end
            function functions.getFilters()
                local all = table.move(record.filters, 1, #record.filters, 1, {})
                for _, pattern in ipairs(record.excludes) do table.insert(all, "- " .. pattern) end
                return all
            end
            shared.add_queue_functions(record, functions)
            record.inlet = setmetatable({}, {
                __index = function(_, name)
                    local found = functions[name]
                    if not found then error("inlet does not have function \"" .. tostring(name) .. "\"", 2) end
                    return found
                end,
                __newindex = function() error("inlet is readonly", 2) end,
            })
            return record.inlet
        end
        """#
}
