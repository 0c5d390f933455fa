extension Prelude {
    /// How the tables of a sync{} and its bases become one.
    static let inheritance = #"""
        -- Integer keys of these are values of their own, never list items.
        local exit_codes = { exitcodes = true, rsyncExitCodes = true, sshExitCodes = true }

        local function is_inherited(source, key, is_verbatim)
            if key == "_merge" or key == "_verbatim" then return false end
            if math.type(key) == "integer" and not is_verbatim then return false end
            local merge = rawget(source, "_merge")
            return type(merge) ~= "table" or merge[key] == true
        end

        local inherit
        local function inherit_value(target, key, value, depth)
            local present = rawget(target, key)
            if type(value) ~= "table" or key == "tunnel" then
                if present == nil then target[key] = value end
            elseif present == nil then
                target[key] = {}
                inherit(target[key], value, exit_codes[key], depth + 1)
            elseif type(present) == "table" and rawget(value, "_merge") ~= false then
                inherit(present, value, exit_codes[key], depth + 1)
            end
        end

        -- Own keys stay, nested tables are copied or merged, lists are joined with the own items first; a table in the
        -- list part is one more base. Nothing of `source` is shared with `target` afterwards.
        inherit = function(target, source, is_verbatim, depth)
            if depth > 40 then error("a table in sync{} holds itself, or is nested too deep", 0) end
            is_verbatim = is_verbatim or rawget(source, "_verbatim") == true
            for key, value in next, source do
                if is_inherited(source, key, is_verbatim) then inherit_value(target, key, value, depth) end
            end
            if is_verbatim then return end
            for index = 1, rawlen(source) do
                local item = rawget(source, index)
                if type(item) == "table" then
                    inherit(target, item, false, depth + 1)
                elseif item ~= nil then
                    rawset(target, rawlen(target) + 1, item)
                end
            end
        end

        function shared.inherit(target, source) inherit(target, source, false, 0) end
        """#
}
