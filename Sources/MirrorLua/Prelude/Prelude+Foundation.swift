extension Prelude {
    /// What the other pieces stand on. Library functions are taken before a configuration can replace them.
    static let foundation = #"""
        shared.host, shared.keep = host, keep
        host, keep = nil, nil
        shared.syncs = {}
        shared.files = {}
        shared.undefined = {}
        shared.labels = setmetatable({}, { __mode = "k" })

        shared.environment = {}
        local get_environment = os.getenv
        function os.getenv(name)
            local value = get_environment(name)
            if value ~= nil and #shared.environment < 1000 then
                table.insert(shared.environment, { name = tostring(name), value = value })
            end
            return value
        end

        local getinfo, sub, insert = debug.getinfo, string.sub, table.insert

        -- The innermost place in a file of the configuration.
        function shared.place()
            local level = 2
            while true do
                local info = getinfo(level, "Sl")
                if not info then return nil end
                if sub(info.source, 1, 1) == "@" and info.currentline > 0 then
                    return sub(info.source, 2), info.currentline
                end
                level = level + 1
            end
        end

        -- A function that the program knows again when it reads the tables.
        function shared.named(label, body)
            shared.labels[body] = label
            return body
        end

        -- A name that only functions which run later can use.
        function shared.later(name)
            return shared.named(name, function()
                error(name .. "() has nothing to act on while the configuration is read", 2)
            end)
        end

        -- A misspelt word without quotes is an undefined global, hence nil, and would fall away unseen.
        setmetatable(_G, {
            __index = function(_, name)
                local file, line = shared.place()
                if file and #shared.undefined < 1000 then
                    insert(shared.undefined, { name = tostring(name), file = file, line = line })
                end
                return nil
            end,
        })

        -- Lua counts no instructions in finalizers, so one that loops could not be stopped. Tables had none in 5.1.
        local set_metatable, set_raw = setmetatable, rawset
        function setmetatable(object, meta)
            local finalizer = type(meta) == "table" and rawget(meta, "__gc") or nil
            if finalizer == nil then return set_metatable(object, meta) end
            set_raw(meta, "__gc", nil)
            set_metatable(object, meta)
            set_raw(meta, "__gc", finalizer)
            return object
        end

        -- Files that the configuration runs are looked at for messages too.
        local function note(name)
            if type(name) == "string" then insert(shared.files, name) end
        end
        local run, load_file = dofile, loadfile
        function dofile(name)
            note(name)
            return run(name)
        end
        function loadfile(name, ...)
            note(name)
            return load_file(name, ...)
        end
        local search = package.searchers[2]
        package.searchers[2] = function(name)
            local loader, file = search(name)
            if type(loader) == "function" then note(file) end
            return loader, file
        end
        """#
}
