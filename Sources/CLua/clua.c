#include "clua.h"

#include <lua5.4/lauxlib.h>
#include <lua5.4/lua.h>
#include <lua5.4/lualib.h>
#include <stdlib.h>
#include <string.h>

enum { MAXIMUM_ARGUMENTS = 16, HOOK_INTERVAL = 10000 };

struct lx_state {
    lua_State *lua;
    size_t used, memory;
    int64_t budget, left;
    bool is_over_budget;
    lx_callback callback;
    void *owner;
    char *message;
    size_t message_length;
    char *failed_file;
    int failed_line;
    lx_outcome outcome;
};

/* Lives in a userdata with a finalizer, so that a memory error while values are pushed leaks nothing. */
struct lx_answer {
    lx_value *values;
    size_t count, capacity;
    bool is_failure;
};

static const char answer_type[] = "lockstep.answer";

static lx_state *state_of(lua_State *L) { return *(lx_state **)lua_getextraspace(L); }

static void *allocate(void *owner, void *block, size_t old_size, size_t new_size) {
    lx_state *state = owner;
    if (block == NULL) old_size = 0;
    if (new_size == 0) {
        free(block);
        state->used -= old_size;
        return NULL;
    }
    if (new_size > old_size && state->used + (new_size - old_size) > state->memory) return NULL;
    void *grown = realloc(block, new_size);
    if (grown != NULL) state->used += new_size - old_size;
    return grown;
}

/* Finds the innermost place in a file from a level of the stack on. */
static void note_place(lua_State *L, int level) {
    lx_state *state = state_of(L);
    lua_Debug record;
    for (; lua_getstack(L, level, &record); level++) {
        if (!lua_getinfo(L, "Sl", &record) || record.source[0] != '@' || record.currentline <= 0) continue;
        free(state->failed_file);
        state->failed_file = strdup(record.source + 1);
        state->failed_line = record.currentline;
        return;
    }
}

/* The first error could be caught by a pcall inside the loop that is to be stopped: from then on every instruction
   raises it again, until the outermost frame is left. */
static void count_instructions(lua_State *L, lua_Debug *record) {
    (void)record;
    lx_state *state = state_of(L);
    state->left -= HOOK_INTERVAL;
    /* Lua tells nobody where memory ran out; this is the last place known before. */
    if (state->used > state->memory / 2) note_place(L, 0);
    if (state->left > 0) return;
    state->is_over_budget = true;
    lua_sethook(L, count_instructions, LUA_MASKCOUNT, 1);
    luaL_where(L, 0);
    lua_pushliteral(L, "instruction budget exceeded");
    lua_concat(L, 2);
    lua_error(L);
}

static lx_value *next_value(lx_answer *answer) {
    if (answer->count == answer->capacity) {
        size_t capacity = answer->capacity == 0 ? 8 : answer->capacity * 2;
        lx_value *values = realloc(answer->values, capacity * sizeof *values);
        if (values == NULL) abort();
        answer->values = values;
        answer->capacity = capacity;
    }
    lx_value *value = &answer->values[answer->count++];
    memset(value, 0, sizeof *value);
    return value;
}

void lx_answer_boolean(lx_answer *answer, bool boolean) {
    lx_value *value = next_value(answer);
    value->kind = LX_BOOLEAN;
    value->boolean = boolean;
}

void lx_answer_integer(lx_answer *answer, int64_t integer) {
    lx_value *value = next_value(answer);
    value->kind = LX_INTEGER;
    value->integer = integer;
}

void lx_answer_number(lx_answer *answer, double number) {
    lx_value *value = next_value(answer);
    value->kind = LX_NUMBER;
    value->number = number;
}

void lx_answer_string(lx_answer *answer, const char *bytes, size_t length) {
    lx_value *value = next_value(answer);
    char *copy = malloc(length + 1);
    if (copy == NULL) abort();
    memcpy(copy, bytes, length);
    copy[length] = 0;
    value->kind = LX_STRING;
    value->bytes = copy;
    value->length = length;
}

void lx_answer_failure(lx_answer *answer, const char *bytes, size_t length) {
    answer->is_failure = true;
    lx_answer_string(answer, bytes, length);
}

static int free_answer(lua_State *L) {
    lx_answer *answer = luaL_checkudata(L, 1, answer_type);
    for (size_t i = 0; i < answer->count; i++) free((void *)answer->values[i].bytes);
    free(answer->values);
    memset(answer, 0, sizeof *answer);
    return 0;
}

static void read_value(lua_State *L, int index, lx_value *value) {
    memset(value, 0, sizeof *value);
    switch (lua_type(L, index)) {
    case LUA_TNIL: value->kind = LX_NIL; return;
    case LUA_TBOOLEAN:
        value->kind = LX_BOOLEAN;
        value->boolean = lua_toboolean(L, index);
        return;
    case LUA_TNUMBER:
        value->kind = lua_isinteger(L, index) ? LX_INTEGER : LX_NUMBER;
        value->integer = lua_isinteger(L, index) ? lua_tointeger(L, index) : 0;
        value->number = lua_tonumber(L, index);
        return;
    case LUA_TSTRING:
        value->kind = LX_STRING;
        value->bytes = lua_tolstring(L, index, &value->length);
        return;
    default: value->kind = LX_OTHER;
    }
}

static void push_value(lua_State *L, const lx_value *value) {
    switch (value->kind) {
    case LX_BOOLEAN: lua_pushboolean(L, value->boolean); return;
    case LX_INTEGER: lua_pushinteger(L, value->integer); return;
    case LX_NUMBER: lua_pushnumber(L, value->number); return;
    case LX_STRING: lua_pushlstring(L, value->bytes, value->length); return;
    default: lua_pushnil(L);
    }
}

/* The one way from Lua into the caller's code: its frame is entered and left before anything here can raise. */
static int host(lua_State *L) {
    lx_value arguments[MAXIMUM_ARGUMENTS];
    int count = lua_gettop(L);
    if (count > MAXIMUM_ARGUMENTS) return luaL_error(L, "too many arguments");
    for (int i = 0; i < count; i++) read_value(L, i + 1, &arguments[i]);
    lx_answer *answer = lua_newuserdatauv(L, sizeof *answer, 0);
    memset(answer, 0, sizeof *answer);
    luaL_setmetatable(L, answer_type);
    lx_state *state = state_of(L);
    state->callback(state->owner, arguments, count, answer);
    if (answer->is_failure) {
        luaL_where(L, 1);
        push_value(L, &answer->values[0]);
        lua_concat(L, 2);
        return lua_error(L);
    }
    if (answer->count > 500000) return luaL_error(L, "too many results");
    luaL_checkstack(L, (int)answer->count + 4, "too many results");
    for (size_t i = 0; i < answer->count; i++) push_value(L, &answer->values[i]);
    return (int)answer->count;
}

/* keep(name, function): what a prelude leaves for lx_call. */
static const char kept_functions[] = "lockstep.kept";

static int keep(lua_State *L) {
    luaL_checktype(L, 2, LUA_TFUNCTION);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, kept_functions);
    lua_pushvalue(L, 2);
    lua_setfield(L, -2, luaL_checkstring(L, 1));
    return 0;
}

static int open_libraries(lua_State *L) {
    luaL_openlibs(L);
    luaL_newmetatable(L, answer_type);
    lua_pushcfunction(L, free_answer);
    lua_setfield(L, -2, "__gc");
    lua_pop(L, 1);
    lua_pushcfunction(L, host);
    lua_setglobal(L, "host");
    lua_pushcfunction(L, keep);
    lua_setglobal(L, "keep");
    return 0;
}

/* The message handler: it notes the innermost place in a file and makes a text of whatever was raised. */
static int note_failure(lua_State *L) {
    state_of(L)->failed_line = 0;
    note_place(L, 0);
    luaL_tolstring(L, 1, NULL);
    return 1;
}

typedef struct chunk {
    const char *code, *name;
    size_t length;
} chunk;

static int run_chunk(lua_State *L) {
    const chunk *given = lua_touserdata(L, 1);
    if (luaL_loadbufferx(L, given->code, given->length, given->name, "t") != LUA_OK) {
        state_of(L)->outcome = LX_SYNTAX_ERROR;
        return lua_error(L);
    }
    lua_call(L, 0, 0);
    return 0;
}

static int call_kept(lua_State *L) {
    const char *name = lua_touserdata(L, 1);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, kept_functions);
    lua_getfield(L, -1, name);
    lua_call(L, 0, 0);
    return 0;
}

static lx_outcome protected_call(lx_state *state, lua_CFunction body, void *argument) {
    lua_State *L = state->lua;
    state->left = state->budget;
    state->is_over_budget = false;
    state->outcome = LX_DONE;
    state->message_length = 0;
    state->failed_line = 0;
    lua_settop(L, 0);
    lua_sethook(L, count_instructions, LUA_MASKCOUNT, HOOK_INTERVAL);
    lua_pushcfunction(L, note_failure);
    lua_pushcfunction(L, body);
    lua_pushlightuserdata(L, argument);
    int status = lua_pcall(L, 1, 0, 1);
    lua_sethook(L, NULL, 0, 0);
    if (status == LUA_OK) return LX_DONE;
    size_t length = 0;
    const char *text = lua_isstring(L, -1) ? lua_tolstring(L, -1, &length) : NULL;
    free(state->message);
    state->message = malloc(length + 1);
    if (state->message == NULL) abort();
    if (length > 0) memcpy(state->message, text, length);
    state->message[length] = 0;
    state->message_length = length;
    lua_settop(L, 0);
    if (state->is_over_budget) return LX_OUT_OF_BUDGET;
    if (status == LUA_ERRMEM) return LX_OUT_OF_MEMORY;
    return state->outcome == LX_SYNTAX_ERROR ? LX_SYNTAX_ERROR : LX_RUNTIME_ERROR;
}

lx_state *lx_open(size_t memory, int64_t budget, lx_callback callback, void *owner) {
    lx_state *state = calloc(1, sizeof *state);
    if (state == NULL) return NULL;
    state->memory = memory;
    state->budget = budget;
    state->callback = callback;
    state->owner = owner;
    state->lua = lua_newstate(allocate, state);
    if (state->lua == NULL) {
        free(state);
        return NULL;
    }
    *(lx_state **)lua_getextraspace(state->lua) = state;
    if (protected_call(state, open_libraries, NULL) != LX_DONE) {
        lx_close(state);
        return NULL;
    }
    return state;
}

void lx_close(lx_state *state) {
    if (state == NULL) return;
    /* Finalizers of the configuration run here and are bounded like the rest. */
    state->left = state->budget;
    lua_sethook(state->lua, count_instructions, LUA_MASKCOUNT, HOOK_INTERVAL);
    lua_close(state->lua);
    free(state->message);
    free(state->failed_file);
    free(state);
}

void lx_set_memory(lx_state *state, size_t memory) { state->memory = memory; }

void lx_set_budget(lx_state *state, int64_t budget) { state->budget = budget; }

lx_outcome lx_run(lx_state *state, const char *code, size_t length, const char *name) {
    chunk given = {.code = code, .name = name, .length = length};
    return protected_call(state, run_chunk, &given);
}

lx_outcome lx_call(lx_state *state, const char *name) { return protected_call(state, call_kept, (void *)name); }

const char *lx_message(const lx_state *state, size_t *length) {
    *length = state->message_length;
    return state->message_length > 0 ? state->message : "";
}

const char *lx_failed_file(const lx_state *state) { return state->failed_line > 0 ? state->failed_file : NULL; }

int lx_failed_line(const lx_state *state) { return state->failed_line; }
