extension Prelude {
    /// `discover.file(PATH)` and the like: where the targets of a sync come from.
    static let discover = #"""
        local function way(kind)
            return function(value, options)
                if options ~= nil and type(options) ~= "table" then
                    error("discover." .. kind .. " takes a table of options behind its value: { every = 30 }", 2)
                end
                local made = { discover = kind, every = options and options.every }
                if type(value) == "table" then
                    made.words = {}
                    for _, word in ipairs(value) do table.insert(made.words, tostring(word)) end
                elseif type(value) == "string" then
                    made.value = value
                else
                    error("discover." .. kind .. " takes a text: discover.file(\"/etc/web-servers\")", 2)
                end
                return made
            end
        end
        discover = { file = way("file"), dns = way("dns"), exec = way("exec") }
        """#
}
