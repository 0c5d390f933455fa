extension Prelude {
    /// `default.rsync` for configurations that call it from functions of their own: lsyncd's words and lists.
    static let rsyncLayer = #"""
        local named = shared.named
        local layer = {}
        shared.rsync_layer = layer

        function layer.computed(config)
            return type(config.rsync) == "table" and config.rsync._computed or { "-lts" }
        end
        function layer.binary(config)
            return type(config.rsync) == "table" and config.rsync.binary or "rsync"
        end
        function layer.target(inlet)
            local target = inlet.getConfig().target
            return target and substitudeCommands(target, inlet.getSubstitutionData(nil, {}))
        end
        local function deletes(config, when) return config.delete == true or config.delete == when end

        -- In an include list a backslash means something only where a pattern character stands.
        local function pattern(path)
            if not string.find(path, "[%*%?%[]") then return path end
            return (string.gsub(path, "[\\%*%?%[]", "\\%0"))
        end

        -- Each path with all that is above it, once; a deleted directory with all that was in it.
        local function include_list(list)
            local lines, seen = {}, {}
            local function add(path)
                if seen[path] then return end
                seen[path] = true
                table.insert(lines, path)
            end
            local function add_with_parents(path)
                add(pattern(path))
                local above = string.match(path, "^(.*/)[^/]+/?$")
                while above do
                    add(pattern(above))
                    above = string.match(above, "^(.*/)[^/]+/$")
                end
            end
            local function take(etype, path)
                if etype == "Delete" and string.sub(path, -1) == "/" then add(pattern(path) .. "***") end
                add_with_parents(path)
            end
            list.getPaths(function(etype, path, destination)
                take(destination and "Delete" or etype, path)
                if destination then take("Create", destination) end
            end)
            return lines
        end

        function layer.start_list(list, target)
            local config = list.config
            local lines = include_list(list)
            if #lines == 0 then return end
            log("Normal", "Calling rsync with filter-list of new/modified files/dirs\n",
                shared.some_lines(list.getPaths()))
            local deletion = deletes(config, "running") and { "--delete", "--ignore-errors" } or {}
            spawn(list, layer.binary(config), "<", table.concat(lines, "\000"), layer.computed(config), "-r", deletion,
                "--force", "--from0", "--include-from=-", "--exclude=*", config.source, target)
        end

        function layer.start_all(event, target)
            local config, inlet = event.config, event.inlet
            local words, input, what = {}, nil, ""
            if inlet.hasFilters() then
                local rules = inlet.getFilters()
                words, input = { "--filter=. -" }, table.concat(rules, "\n")
                what = " filtering\n" .. input
            elseif #inlet.getExcludes() > 0 then
                words, input = { "--exclude-from=-" }, table.concat(inlet.getExcludes(), "\n")
                what = " excluding\n" .. input
            end
            if deletes(config, "startup") then
                table.insert(words, "--delete")
                table.insert(words, "--ignore-errors")
            end
            if type(config.rsync) == "table" and config.rsync.delete_excluded == true then
                table.insert(words, "--delete-excluded")
            end
            local verb = shared.is_old() and "startup" or "full"
            log("Normal", "recursive ", verb, " rsync: ", config.source, " -> ", target, what)
            local given = input and { "<", input } or {}
            spawn(event, layer.binary(config), given[1], given[2], words, layer.computed(config), "-r", config.source,
                target)
        end

        function layer.is_path_event(event)
            return event.etype ~= "Init" and event.etype ~= "Blanket" and event.etype ~= "Full"
        end

        default.rsync.action = named("default.rsync.action", function(inlet)
            layer.start_list(inlet.getEvents(layer.is_path_event), layer.target(inlet))
        end)
        default.rsync.init = named("default.rsync.init", function(event)
            layer.start_all(event, layer.target(event.inlet))
        end)
        default.rsync.full = named("default.rsync.full", function(event)
            layer.start_all(event, layer.target(event.inlet))
        end)
        """#

    /// `default.rsyncssh` and `default.direct`, likewise.
    static let otherLayers = #"""
        local named, layer = shared.named, shared.rsync_layer

        local function with_slash(path)
            if path == "" or string.find(path, "[/:]$") then return path end
            return path .. "/"
        end
        local function ssh_target(config) return config.host .. ":" .. with_slash(config.targetdir) end
        local function ssh_words(config)
            local ssh, words = config.ssh or {}, {}
            if ssh.identityFile then words = { "-i", ssh.identityFile } end
            for key, value in pairs(ssh.options or {}) do
                table.insert(words, "-o")
                table.insert(words, key .. "=" .. tostring(value))
            end
            if ssh.port then
                table.insert(words, "-p")
                table.insert(words, ssh.port)
            end
            for _, word in ipairs(ssh._extra or {}) do table.insert(words, word) end
            return words
        end
        local function quoted(text) return "'" .. string.gsub(text, "'", "'\"'\"'") .. "'" end

        default.rsyncssh.action = named("default.rsyncssh.action", function(inlet)
            local event, event2 = inlet.getEvent()
            local config = inlet.getConfig()
            if event.etype ~= "Move" then
                local list = inlet.getEvents(function(other)
                    if other.etype == "Move" then return "break" end
                    return layer.is_path_event(other)
                end)
                return layer.start_list(list, ssh_target(config))
            end
            log("Normal", "Moving ", event.path, " -> ", event2.path)
            local directory = with_slash(config.targetdir)
            local old, new = quoted(directory .. event.path), quoted(directory .. event2.path)
            spawn(event, config.ssh and config.ssh.binary or "ssh", ssh_words(config), config.host, "mv", "--", old,
                new, "||", "rm", "-rf", "--", old)
        end)
        default.rsyncssh.init = named("default.rsyncssh.init", function(event)
            layer.start_all(event, ssh_target(event.config))
        end)
        default.rsyncssh.full = named("default.rsyncssh.full", function(event)
            layer.start_all(event, ssh_target(event.config))
        end)

        local direct = {}
        function direct.Create(event)
            if event.isdir then return spawn(event, "mkdir", "-p", "--", event.targetPath) end
            spawn(event, "cp", "-p", "--", event.sourcePath, event.targetPathdir)
        end
        function direct.Modify(event)
            if not event.isdir then spawn(event, "cp", "-p", "--", event.sourcePath, event.targetPathdir) end
        end
        function direct.Delete(event, _, config)
            if config.delete ~= true and config.delete ~= "running" then return end
            if config.target == "" or config.target == "/" then
                return log("Error", "Refusing to erase your harddisk!")
            end
            spawn(event, "rm", "-rf", "--", event.targetPath)
        end
        function direct.Move(event, event2, config)
            local command = "mv -- \"$1\" \"$2\""
            if config.delete == true or config.delete == "running" then command = command .. " || rm -rf -- \"$1\"" end
            spawnShell(event, command, event.targetPath, event2.targetPath)
        end

        default.direct.action = named("default.direct.action", function(inlet)
            local event, event2 = inlet.getEvent()
            local step = direct[event.etype]
            if step then step(event, event2, inlet.getConfig()) end
            if event.status ~= "wait" then return end
            if not step then log("Warn", "ignored an event of type \"", event.etype, "\"") end
            inlet.discardEvent(event)
        end)
        -- The stream is no matter of processes that a function could start.
        for _, step in ipairs({ "action", "init", "full" }) do
            default.stream[step] = named("default.stream." .. step, function()
                error("default.stream can't be called by a function", 0)
            end)
        end
        for _, step in ipairs({ "init", "full" }) do
            default.direct[step] = named("default.direct." .. step, function(event)
                layer.start_all(event, layer.target(event.inlet))
            end)
        end
        """#
}
