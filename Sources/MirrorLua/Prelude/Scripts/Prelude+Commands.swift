extension Prelude {
    /// Commands as texts with `^variables` (lsyncd's layer 3) become functions. Nothing is pasted into a program:
    /// values go to the shell as its arguments, to a program as words.
    static let commands = #"""
        -- The order in which a shell's arguments are numbered.
        local names = {
            "pathname", "pathdir", "path", "sourcePathname", "sourcePathdir", "sourcePath", "source",
            "targetPathname", "targetPathdir", "targetPath", "target",
        }
        for _, prefix in ipairs({ "o.", "d." }) do
            for _, name in ipairs({
                "pathname", "path", "sourcePathname", "sourcePathdir", "sourcePath", "targetPathname", "targetPathdir",
                "targetPath",
            }) do
                table.insert(names, prefix .. name)
            end
        end

        local function variable_at(text, position)
            local longest
            for _, name in ipairs(names) do
                local is_there = string.sub(text, position, position + #name - 1) == name
                if is_there and (not longest or #name > #longest) then longest = name end
            end
            return longest
        end

        -- Pieces: plain texts, and { name = … } for a variable.
        local function pieces_of(text)
            local pieces, start, position = {}, 1, 1
            while true do
                position = string.find(text, "^", position, true)
                if not position then break end
                local name = variable_at(text, position + 1)
                if name then
                    table.insert(pieces, string.sub(text, start, position - 1))
                    table.insert(pieces, { name = name })
                    start = position + 1 + #name
                    position = start
                else
                    position = position + 1
                end
            end
            table.insert(pieces, string.sub(text, start))
            return pieces
        end

        local function value(name, event, event2)
            local prefix, field = string.match(name, "^([od])%.(.*)$")
            if prefix == "d" then
                if not event2 then error("^" .. name .. " stands for the end of a move, and this is none", 0) end
                return event2[field] or ""
            end
            return event[field or name] or ""
        end

        local function filled(pieces, event, event2)
            local texts = {}
            for index, piece in ipairs(pieces) do
                texts[index] = type(piece) == "table" and value(piece.name, event, event2) or piece
            end
            return table.concat(texts)
        end

        -- Where in the shell's text the next piece stands: in no quotes, or in which.
        local function quote_after(text, quote)
            local position = 1
            while position <= #text do
                local byte = string.sub(text, position, position)
                if byte == "\\" and quote ~= "'" then
                    position = position + 1
                elseif byte == quote then
                    quote = nil
                elseif not quote and (byte == "'" or byte == "\"") then
                    quote = byte
                end
                position = position + 1
            end
            return quote
        end

        local function shell(text)
            local pieces, used, order = pieces_of(text), {}, {}
            for _, piece in ipairs(pieces) do
                if type(piece) == "table" then used[piece.name] = 0 end
            end
            for _, name in ipairs(names) do
                if used[name] then
                    table.insert(order, name)
                    used[name] = #order
                end
            end
            local texts, quote = {}, nil
            for _, piece in ipairs(pieces) do
                if type(piece) == "table" then
                    local number = used[piece.name]
                    local reference = number < 10 and "$" .. number or "${" .. number .. "}"
                    -- Quotes inside the person's own double quotes would end them.
                    table.insert(texts, quote == "\"" and reference or "\"" .. reference .. "\"")
                else
                    table.insert(texts, piece)
                    quote = quote_after(piece, quote)
                end
            end
            local command = table.concat(texts)
            return function(event, event2)
                local values = {}
                for index, name in ipairs(order) do values[index] = value(name, event, event2) end
                local mark = shared.is_old() and "'" or "\""
                log("Normal", "Event ", event.etype, " spawns shell ", mark, filled(pieces, event, event2), mark)
                spawnShell(event, command, table.unpack(values))
            end
        end

        -- Words are parted by single blanks outside double quotes; the quotes stay, as in lsyncd.
        local function words_of(text)
            local words, word, is_quoted = {}, {}, false
            for position = 1, #text do
                local byte = string.sub(text, position, position)
                if byte == "\"" then is_quoted = not is_quoted end
                if byte == " " and not is_quoted then
                    table.insert(words, table.concat(word))
                    word = {}
                else
                    table.insert(word, byte)
                end
            end
            table.insert(words, table.concat(word))
            return words
        end

        local function program(text)
            local words = {}
            for index, word in ipairs(words_of(text)) do words[index] = pieces_of(word) end
            return function(event, event2)
                local mark = shared.is_old() and "'" or "\""
                log("Normal", "Event ", event.etype, " spawns action ", mark, text, mark)
                local given = {}
                for index, pieces in ipairs(words) do given[index] = filled(pieces, event, event2) end
                spawn(event, given[1], table.unpack(given, 2))
            end
        end

        function shared.compile(text)
            text = string.match(text, "^%s*(.-)%s*$")
            if string.sub(text, 1, 1) == "/" then return program(text) end
            return shell((string.gsub(text, "^%^", "")))
        end
        """#
}
