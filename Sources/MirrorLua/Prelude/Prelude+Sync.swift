extension Prelude {
    /// `sync{…}`: bases joined, `prepare` run, lists read. What is right or wrong in it is judged afterwards.
    static let sync = #"""
        local host = shared.host
        local records = setmetatable({}, { __mode = "k" })
        shared.records = records

        local function words(value, into)
            if type(value) == "string" or type(value) == "number" then
                table.insert(into, tostring(value))
            elseif type(value) == "table" then
                for _, word in ipairs(value) do
                    if type(word) == "string" or type(word) == "number" then table.insert(into, tostring(word)) end
                end
            end
            return into
        end

        local function lines_of(record, key, request, into)
            local path = record.config[key]
            if type(path) ~= "string" then return end
            local told = table.pack(host(request, path))
            if not told[1] then
                table.insert(record.unreadable, key)
                return
            end
            for index = 2, told.n do table.insert(into, told[index]) end
        end

        local function without_repeats(list)
            local seen, once = {}, {}
            for _, word in ipairs(list) do
                if not seen[word] then
                    seen[word] = true
                    table.insert(once, word)
                end
            end
            return once
        end

        -- Settings that stand in the place of the sync's own value, in every release but 2.0.
        local function override(record)
            local config, all = record.config, record.settings
            if not (shared.is_assigned or shared.field_line or config.rsyncOpts or config.rsyncOps) then
                for _, key in ipairs({ "delay", "maxDelays", "maxProcesses" }) do
                    if all[key] ~= nil then
                        config[key] = all[key]
                        record.from[key] = "settings"
                    end
                end
            end
            local delay = host("option", "delay")
            if delay then
                config.delay = delay
                record.from.delay = "option"
            end
        end

        local function add(given, file, line)
            local config = {}
            local record = {
                config = config, file = file, line = line, settings = shared.settings(), from = {}, own = {},
                unknown = {}, failures = {}, unreadable = {}, excludes = {}, filters = {},
            }
            shared.inherit(config, given)
            for _, key in ipairs({ "maxDelays", "maxProcesses" }) do record.own[key] = config[key] end
            -- As long as the base has it, and nobody has said so.
            record.has_usual_delay = rawget(given, "delay") == nil and config.delay == default.rsync.delay
            shared.inherit(config, default)
            table.insert(shared.syncs, record)
            records[config] = record
            return record
        end

        local function finish(record)
            local config = record.config
            config._source = config.source
            if type(config.source) == "string" then
                record.real = host("realdir", config.source)
                config.source = record.real or config.source
            end
            words(config.filter, record.filters)
            words(config.exclude, record.excludes)
            lines_of(record, "filterFrom", "filters", record.filters)
            lines_of(record, "excludeFrom", "patterns", record.excludes)
            record.excludes = without_repeats(record.excludes)
        end

        function sync(given, ...)
            if shared.running then error("Sync can only be created during initialization.", 2) end
            -- require gives a second value, so only another table is a mistake.
            if type(given) ~= "table" or type((...)) == "table" then
                error("sync takes one table: sync{ default.rsync, source = ..., target = ... }", 2)
            end
            local file, line = shared.place()
            local record = add(given, file, line)
            override(record)
            -- Level 4 of an error in it is the line of sync{}: prepare, pcall, this function, its caller.
            local prepare = record.config.prepare
            if type(prepare) == "function" then
                local done, problem = pcall(prepare, record.config, 4)
                if not done then table.insert(record.failures, tostring(problem)) end
            end
            finish(record)
            return shared.inlet(record)
        end

        -- Walks the tables of a sync beside the gauge of its base and notes what the gauge does not know.
        local function measure(record, prefix, values, gauge)
            for key, value in next, values do
                local known = gauge[key]
                local path = prefix .. tostring(key)
                if not known then
                    table.insert(record.unknown, { path = path, value = value })
                elseif type(known) == "table" then
                    if type(value) == "table" then
                        measure(record, path .. ".", value, known)
                    else
                        table.insert(record.unknown, { path = path, value = value, is_flat = true })
                    end
                end
            end
        end

        function shared.gauge(config)
            local record, gauge = records[config], config.checkgauge
            if not record or type(gauge) ~= "table" then return end
            record.unknown = {}
            measure(record, "", config, gauge)
        end
        """#
}
