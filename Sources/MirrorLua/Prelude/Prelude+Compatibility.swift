extension Prelude {
    /// Names and habits of Lua 5.1 and LuaJIT, for which most configurations were written.
    static let compatibility = #"""
        unpack = table.unpack
        loadstring = load
        package.loaders = package.searchers
        string.gfind = string.gmatch
        math.mod = math.fmod
        function math.pow(base, exponent) return base ^ exponent end
        function math.log10(number) return math.log(number, 10) end
        function math.ldexp(fraction, exponent) return fraction * 2.0 ^ exponent end
        function table.getn(list) return #list end
        function table.maxn(list)
            local largest = 0
            for key in pairs(list) do
                if type(key) == "number" and key > largest then largest = key end
            end
            return largest
        end
        function table.foreach(list, body)
            for key, value in pairs(list) do
                local result = body(key, value)
                if result ~= nil then return result end
            end
        end
        function table.foreachi(list, body)
            for index, value in ipairs(list) do
                local result = body(index, value)
                if result ~= nil then return result end
            end
        end
        function gcinfo() return collectgarbage("count") end

        local function environment(body)
            local index = 1
            while true do
                local name = debug.getupvalue(body, index)
                if name == "_ENV" then return index end
                if name == nil then return nil end
                index = index + 1
            end
        end
        local function body_of(given)
            if type(given) == "function" then return given end
            return debug.getinfo((given or 1) + 2, "f").func
        end
        function getfenv(given)
            if given == 0 then return _G end
            local body = body_of(given)
            local index = environment(body)
            if not index then return _G end
            local _, value = debug.getupvalue(body, index)
            return value
        end
        -- The upvalue may be shared with other functions: this one gets a fresh one.
        function setfenv(given, fresh)
            local body = body_of(given)
            local index = environment(body)
            if index then debug.upvaluejoin(body, index, function() return fresh end, 1) end
            return body
        end

        -- 5.1 gave a number, later versions a truth value: zero is both right and true, nil is neither.
        local execute = os.execute
        function os.execute(command)
            local done, how, code = execute(command)
            if command == nil then return done end
            if done then return 0, how, code end
            return nil, how, code
        end

        -- %d takes whole numbers only since 5.3.
        local format = string.format
        local function truncated(number)
            if math.type(number) ~= "float" or number ~= number then return number end
            return math.tointeger(number < 0 and math.ceil(number) or math.floor(number)) or number
        end
        function string.format(pattern, ...)
            local given, count = { ... }, select("#", ...)
            local index = 0
            for kind in string.gmatch(tostring(pattern), "%%[-+ #0-9.]*(.)") do
                if kind ~= "%" then
                    index = index + 1
                    if string.find(kind, "[dicuoxX]") then given[index] = truncated(given[index]) end
                end
            end
            return format(pattern, table.unpack(given, 1, count))
        end

        -- "%x" in a replacement was x.
        local gsub = string.gsub
        function string.gsub(text, pattern, replacement, limit)
            if type(replacement) == "string" and string.find(replacement, "%", 1, true) then
                replacement = gsub(replacement, "%%(.)", function(byte)
                    if string.find(byte, "[%d%%]") then return nil end
                    return byte
                end)
            end
            return gsub(text, pattern, replacement, limit)
        end
        """#
}
