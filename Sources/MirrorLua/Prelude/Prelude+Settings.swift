extension Prelude {
    /// `settings` in the forms of every release: called, indexed, and replaced by a plain table.
    static let settings = #"""
        local stored = {}

        local function take(values, into)
            for key, value in next, values do
                if math.type(key) ~= "integer" then
                    into[key] = value
                elseif type(value) == "string" then
                    into[value] = true
                else
                    into[#into + 1] = value
                end
            end
        end

        local object = setmetatable({}, {
            __call = function(_, given)
                if type(given) == "table" then
                    take(given, stored)
                elseif type(given) == "string" then
                    return stored[given]
                else
                    error("settings takes a table: settings{ logfile = ..., statusFile = ... }", 2)
                end
            end,
            __index = function(_, key) return stored[key] end,
            __newindex = function(_, key, value)
                if not shared.field_line then
                    shared.field_file, shared.field_line = shared.place()
                    shared.field = tostring(key)
                end
                stored[key] = value
            end,
            __pairs = function() return next, stored, nil end,
        })
        settings = object

        -- All settings as they are now. A plain table in the global's place is the form of 2.0.
        function shared.settings()
            local all = {}
            take(stored, all)
            local global = rawget(_G, "settings")
            if type(global) == "table" and global ~= object then
                shared.is_assigned = true
                take(global, all)
            end
            return all
        end
        """#
}
