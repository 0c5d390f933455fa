extension Prelude {
    /// The tables that a sync{} can name as its base, with lsyncd's values.
    static let bases = #"""
        local named, later = shared.named, shared.later

        local function keys(text, more)
            local all = {}
            for key in string.gmatch(text, "%S+") do all[key] = true end
            for key, value in pairs(more or {}) do all[key] = value end
            return all
        end

        local layers = "onAttrib onCreate onModify onDelete onStartup onMove onFull"
        local common = "action checkgauge collect crontab delay exitcodes init full maxDelays maxProcesses prepare "
            .. "source target tunnel "
        local lists = "delete exclude excludeFrom filter filterFrom batchSizeLimit "
        local rsync_keys = keys("acls append append_verify archive backup backup_dir binary bwlimit checksum chmod "
            .. "chown compress copy_dirlinks copy_links copy_unsafe_links cvs_exclude delete_excluded dry_run "
            .. "executability existing group groupmap hard_links ignore_times inplace ipv4 ipv6 keep_dirlinks links "
            .. "one_file_system omit_dir_times omit_link_times owner password_file perms protect_args "
            .. "prune_empty_dirs quiet rsh rsync_path sparse suffix temp_dir timeout times update usermap verbose "
            .. "whole_file xattrs _extra")

        -- A key that is false here stays refused when the common gauge is merged in.
        local function gauge(text, more)
            local all = keys(common .. lists .. text, more)
            for _, key in ipairs({ "onCreate", "onModify", "onDelete", "onStartup", "onMove" }) do
                if all[key] == nil then all[key] = false end
            end
            return all
        end

        local function rsync_codes()
            local codes = {}
            for _, code in ipairs({ 0, 23, 24 }) do codes[code] = "ok" end
            for _, code in ipairs({ 3, 5, 6, 10, 11, 12, 14, 20, 21, 22, 30, 35, 255 }) do codes[code] = "again" end
            for _, code in ipairs({ 1, 2, 4, 25 }) do codes[code] = "die" end
            return codes
        end

        default = {
            action = later("default.action"), collect = later("default.collect"), init = later("default.init"),
            prepare = named("default.prepare", function(config) shared.gauge(config) end),
            checkgauge = keys(common .. layers),
            maxDelays = 1000, maxProcesses = 1, statusInterval = 10,
            rsyncExitCodes = rsync_codes(),
            sshExitCodes = { [0] = "ok", [255] = "again" },
            _merge = keys("action checkgauge collect delay init maxDelays maxProcesses prepare"),
        }

        local function base(name, values)
            for _, step in ipairs({ "action", "init", "full" }) do
                values[step] = later("default." .. name .. "." .. step)
            end
            values.prepare = named("default." .. name .. ".prepare", function(config, level)
                default.prepare(config, (level or 4) + 1)
            end)
            default[name] = values
        end

        local function rsync_options() return { links = true, times = true, protect_args = true } end

        base("rsync", {
            delay = 15, delete = true, exitcodes = default.rsyncExitCodes, rsync = rsync_options(),
            checkgauge = gauge("onAttrib onFull", { rsync = rsync_keys }),
        })
        base("rsyncssh", {
            delay = 15, delete = true, rsyncExitCodes = default.rsyncExitCodes, sshExitCodes = default.sshExitCodes,
            rsync = rsync_options(), ssh = {},
            checkgauge = gauge("onAttrib onFull onMove host targetdir sshExitCodes rsyncExitCodes",
                { rsync = rsync_keys, ssh = keys("binary identityFile options port _extra") }),
        })
        default.rsyncssh.checkgauge.target = false
        base("direct", {
            delay = 1, delete = true, rsyncExitCodes = default.rsyncExitCodes, rsync = rsync_options(), onMove = true,
            checkgauge = gauge("onAttrib onFull onMove rsyncExitCodes", { rsync = rsync_keys }),
        })
        base("stream", {
            delay = 0, delete = true, exitcodes = default.rsyncExitCodes,
            rsync = { archive = true, protect_args = true },
            checkgauge = gauge("onAttrib onFull agentPath agentInstall deleteLimit fsync", { rsync = rsync_keys }),
        })

        -- A base that does not exist is nil, and a sync{} would never hear of it.
        setmetatable(default, {
            __index = function(_, name)
                local file, line = shared.place()
                if file then
                    table.insert(shared.undefined, { name = "default." .. tostring(name), file = file, line = line })
                end
                return nil
            end,
        })
        """#
}
