#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// One Lua state, owned here: lua_State never crosses this border, and no longjmp crosses a frame of the caller.
typedef struct lx_state lx_state;

typedef enum lx_kind { LX_NIL, LX_BOOLEAN, LX_INTEGER, LX_NUMBER, LX_STRING, LX_OTHER } lx_kind;

/// A flat value. Bytes belong to Lua and live as long as the call that hands them over.
typedef struct lx_value {
    lx_kind kind;
    bool boolean;
    int64_t integer;
    double number;
    const char *bytes;
    size_t length;
} lx_value;

/// What a callback answers; filled by the lx_answer functions, which copy.
typedef struct lx_answer lx_answer;
void lx_answer_boolean(lx_answer *answer, bool value);
void lx_answer_integer(lx_answer *answer, int64_t value);
void lx_answer_number(lx_answer *answer, double value);
void lx_answer_string(lx_answer *answer, const char *bytes, size_t length);
/// The call raises this text as a Lua error, after the callback has returned.
void lx_answer_failure(lx_answer *answer, const char *bytes, size_t length);

/// Called for `host(...)` in Lua with at most 16 arguments. It returns always; it never calls back into this state.
typedef void (*lx_callback)(void *owner, const lx_value *arguments, int count, lx_answer *answer);

typedef enum lx_outcome { LX_DONE, LX_SYNTAX_ERROR, LX_RUNTIME_ERROR, LX_OUT_OF_MEMORY, LX_OUT_OF_BUDGET } lx_outcome;

/// Opens a state with the whole standard library and the global functions `host` and `keep`; NULL when memory is short.
/// `budget` counts instructions of one lx_run, `memory` is in bytes; C functions of Lua's library are not interrupted.
lx_state *lx_open(size_t memory, int64_t budget, lx_callback callback, void *owner);
void lx_close(lx_state *state);
void lx_set_memory(lx_state *state, size_t memory);
void lx_set_budget(lx_state *state, int64_t budget);

/// Compiles and runs source text (never bytecode). `name` is Lua's chunk name: `@file` or `=label`.
lx_outcome lx_run(lx_state *state, const char *code, size_t length, const char *name);

/// Calls a function that Lua code has left with `keep(name, function)`.
lx_outcome lx_call(lx_state *state, const char *name);

/// After a failed run: Lua's message, and the innermost place in a chunk named `@file` (line 0 when there is none). After
/// LX_OUT_OF_MEMORY the place is the last one that was looked at, a little earlier.
const char *lx_message(const lx_state *state, size_t *length);
const char *lx_failed_file(const lx_state *state);
int lx_failed_line(const lx_state *state);
