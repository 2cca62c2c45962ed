/* Reads the rows of COCO files into arrays.
 *
 * The text is strict JSON in UTF-8, followed by a NUL byte. `cocoproof_index` finds the members of the document and the rows of its lists;
 * `cocoproof_read_rows` validates rows and writes their fields into columns. Both accept plain text only: what is not valid JSON, or of
 * another type than expected, is left to the reader in Python, which explains it. Nothing here allocates per row, and nothing calls Python,
 * so that any number of threads can read at once.
 *
 * Every parser stops at the NUL byte, which is valid nowhere in a JSON document.
 */

/* mmap and sigaction, which are no part of C99; files above 2 GiB. */
#define _DEFAULT_SOURCE
#define _DARWIN_C_SOURCE
#define _FILE_OFFSET_BITS 64

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "powers_of_five.h"

#if defined(_WIN32)
#define EXPORTED __declspec(dllexport)
#else
#define EXPORTED __attribute__((visibility("default")))
#endif

#if defined(__SSE2__) || defined(_M_X64)
#include <emmintrin.h>
#define HAVE_SSE2 1
#endif

#define INTERFACE_VERSION 6
#define MAX_DEPTH 200
#define MAX_KEYS 64 /* in one object; with more, duplicates are looked for by the reader in Python */

enum { PLAIN = 0, ODD = 1, INVALID = 2, NO_MEMORY = 3 };

enum { STATE_ABSENT = 0, STATE_OK = 1, STATE_BROKEN = 2 }; /* as columns.tables.ValueState */

enum { SHAPE_ABSENT = 0, SHAPE_EMPTY = 1, SHAPE_POLYGONS = 2, SHAPE_RLE = 3, SHAPE_COMPRESSED_RLE = 4 }; /* as columns.tables.Shape */

typedef const uint8_t *text;

/* ---------------------------------------------------------------- characters */

static int is_space(uint8_t c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
static int is_digit(uint8_t c) { return (uint8_t)(c - '0') < 10; }

static text skip_space(text p) {
    while (is_space(*p)) p++;
    return p;
}

/* ---------------------------------------------------------------- numbers */

typedef struct {
    uint64_t digits; /* the first nineteen significant digits */
    int64_t exponent; /* of ten */
    int negative;
    int is_integer; /* written without a point and without an exponent */
    int is_cut; /* there are further digits that are not zero */
} number;

/* Scans one number by the grammar of RFC 8259. Returns its end, or NULL. */
static text scan_number(text p, number *out) {
    uint64_t digits = 0;
    int64_t exponent = 0;
    int count = 0; /* significant digits in `digits` */
    out->negative = *p == '-';
    out->is_integer = 1;
    out->is_cut = 0;
    if (*p == '-') p++;
    if (!is_digit(*p)) return NULL;
    if (*p == '0') {
        p++;
        if (is_digit(*p)) return NULL;
    } else {
        for (; is_digit(*p); p++) {
            if (count < 19) {
                digits = digits * 10 + (uint64_t)(*p - '0');
                count++;
            } else {
                exponent++;
                out->is_cut |= *p != '0';
            }
        }
    }
    if (*p == '.') {
        out->is_integer = 0;
        p++;
        if (!is_digit(*p)) return NULL;
        for (; is_digit(*p); p++) {
            if (count < 19) {
                digits = digits * 10 + (uint64_t)(*p - '0');
                count += digits != 0;
                exponent--;
            } else {
                out->is_cut |= *p != '0';
            }
        }
    }
    if (*p == 'e' || *p == 'E') {
        int negative, power = 0;
        out->is_integer = 0;
        p++;
        negative = *p == '-';
        if (*p == '-' || *p == '+') p++;
        if (!is_digit(*p)) return NULL;
        for (; is_digit(*p); p++)
            if (power < 100000) power = power * 10 + (*p - '0');
        exponent += negative ? -power : power;
    }
    out->digits = digits;
    out->exponent = exponent;
    return p;
}

static void multiply(uint64_t a, uint64_t b, uint64_t *high, uint64_t *low) {
#if defined(__SIZEOF_INT128__)
    unsigned __int128 product = (unsigned __int128)a * b;
    *high = (uint64_t)(product >> 64);
    *low = (uint64_t)product;
#else
    uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
    uint64_t middle = a1 * b0 + ((a0 * b0) >> 32);
    uint64_t other = a0 * b1 + (uint32_t)middle;
    *high = a1 * b1 + (middle >> 32) + (other >> 32);
    *low = (other << 32) | (uint32_t)(a0 * b0);
#endif
}

static int leading_zeros(uint64_t x) {
#if defined(__GNUC__)
    return __builtin_clzll(x);
#else
    int n = 0;
    while (!(x >> 63)) {
        x <<= 1;
        n++;
    }
    return n;
#endif
}

/* The double nearest to digits * 10^exponent, by Eisel and Lemire ("Number parsing at a gigabyte per second", 2021). Returns 0 if it is
 * not certain, or beyond the range of a double. */
static int nearest_double(uint64_t digits, int64_t exponent, double *out) {
    uint64_t high, low, mantissa, bits;
    int64_t power;
    int zeros, upper, shift;
    if (digits == 0 || exponent < LOWEST_POWER) {
        *out = 0.0;
        return digits == 0; /* an underflow is rare: left to the reader in Python */
    }
    if (exponent > HIGHEST_POWER) return 0;
    zeros = leading_zeros(digits);
    digits <<= zeros;
    multiply(digits, POWERS_OF_FIVE[exponent - LOWEST_POWER][0], &high, &low);
    if ((high & 0x1FF) == 0x1FF) {
        uint64_t carry, rest;
        multiply(digits, POWERS_OF_FIVE[exponent - LOWEST_POWER][1], &carry, &rest);
        low += carry;
        if (low < carry) high++;
        if (low == UINT64_MAX && (exponent < -27 || exponent > 55)) return 0;
    }
    upper = (int)(high >> 63);
    shift = upper + 64 - 52 - 3;
    mantissa = high >> shift;
    power = (((152170 + 65536) * exponent) >> 16) + 63 + upper - zeros + 1023;
    if (power <= 0) { /* subnormal */
        if (1 - power >= 64) return 0;
        mantissa >>= 1 - power;
        mantissa += mantissa & 1;
        mantissa >>= 1;
        power = mantissa >= ((uint64_t)1 << 52);
    } else {
        /* Halfway between two doubles: to the even one. */
        if (low <= 1 && exponent >= -4 && exponent <= 23 && (mantissa & 3) == 1 && (mantissa << shift) == high) mantissa &= ~(uint64_t)1;
        mantissa += mantissa & 1;
        mantissa >>= 1;
        if (mantissa >= ((uint64_t)1 << 53)) {
            mantissa = (uint64_t)1 << 52;
            power++;
        }
    }
    if (power >= 0x7FF) return 0;
    bits = ((uint64_t)power << 52) | (mantissa & (((uint64_t)1 << 52) - 1));
    memcpy(out, &bits, sizeof bits);
    return 1;
}

static const double POWERS_OF_TEN[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                       1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* The value of a number, correctly rounded. Returns 0 if another reader has to determine it: an overflow, minus zero as an integer, and
 * the few numbers that the fast algorithm leaves open. */
static int to_double(const number *n, double *out) {
    double value;
#if defined(FLT_EVAL_METHOD) && FLT_EVAL_METHOD == 0
    /* Exact operands and one rounded operation (Clinger 1990). */
    if (!n->is_cut && n->digits <= ((uint64_t)1 << 53) && n->exponent >= -22 && n->exponent <= 22) {
        value = (double)n->digits;
        if (n->exponent < 0)
            value /= POWERS_OF_TEN[-n->exponent];
        else
            value *= POWERS_OF_TEN[n->exponent];
    } else
#endif
    {
        double next;
        if (!nearest_double(n->digits, n->exponent, &value)) return 0;
        /* The digits that were cut lie between these two. */
        if (n->is_cut && (!nearest_double(n->digits + 1, n->exponent, &next) || next != value)) return 0;
    }
    if (n->negative && n->digits == 0 && n->is_integer) return 0;
    *out = n->negative ? -value : value;
    return 1;
}

static int to_int64(const number *n, int64_t *out) {
    if (!n->is_integer || n->exponent != 0 || n->is_cut) return 0;
    if (n->digits > (uint64_t)INT64_MAX || (n->negative && n->digits == 0)) return 0;
    *out = n->negative ? -(int64_t)n->digits : (int64_t)n->digits;
    return 1;
}

/* ---------------------------------------------------------------- strings */

static int hex_value(uint8_t c) {
    if (is_digit(c)) return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The UTF-16 unit of an escape whose four digits start at `p`, or -1. */
static int escaped_unit(text p) {
    int unit = 0, k, digit;
    for (k = 0; k < 4; k++) {
        digit = hex_value(p[k]);
        if (digit < 0) return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

/* Skips a string; `p` is after its opening quote. Returns the offset of the closing quote, or NULL. */
static text scan_string(text p, int *has_escapes) {
    for (;;) {
        while (*p >= 0x20 && *p != '"' && *p != '\\') p++;
        if (*p == '"') return p;
        if (*p != '\\') return NULL;
        *has_escapes = 1;
        p++;
        switch (*p) {
            case '"':
            case '\\':
            case '/':
            case 'b':
            case 'f':
            case 'n':
            case 'r':
            case 't':
                p++;
                break;
            case 'u': {
                int unit = escaped_unit(p + 1);
                if (unit < 0) return NULL;
                p += 5;
                if (unit >= 0xD800 && unit < 0xE000) {
                    if (unit >= 0xDC00 || p[0] != '\\' || p[1] != 'u') return NULL;
                    unit = escaped_unit(p + 2);
                    if (unit < 0xDC00 || unit >= 0xE000) return NULL;
                    p += 6;
                }
                break;
            }
            default:
                return NULL;
        }
    }
}

/* ---------------------------------------------------------------- values of any kind */

/* What was noticed while values were skipped: both are left to the reader in Python. */
typedef struct {
    int repeated; /* an object that may have a duplicate key */
    int overflow; /* a number that is, or may be, beyond the range of a double */
} notes;

typedef struct {
    text start;
    int64_t length;
} key;

static text skip_value(text p, int depth, notes *seen);

/* Adds a key to those of its object, and notices duplicates. */
static int note_key(key *keys, int count, text start, text end, int has_escapes, notes *seen) {
    int k;
    int64_t length = end - start;
    if (has_escapes || count == MAX_KEYS) {
        seen->repeated = 1;
        return count;
    }
    for (k = 0; k < count; k++)
        if (keys[k].length == length && !memcmp(keys[k].start, start, (size_t)length)) seen->repeated = 1;
    keys[count].start = start;
    keys[count].length = length;
    return count + 1;
}

static text skip_word(text p, const char *word) {
    for (; *word; word++, p++)
        if (*p != (uint8_t)*word) return NULL;
    return p;
}

static text skip_number(text p, notes *seen) {
    number n;
    text end = scan_number(p, &n);
    /* The highest double is below 1.8e308; nineteen digits reach 10^19. Close to it, the reader in Python decides. */
    if (end != NULL && n.digits != 0 && n.exponent > 308 - 19) seen->overflow = 1;
    return end;
}

static text skip_object(text p, int depth, notes *seen) {
    key keys[MAX_KEYS];
    int count = 0;
    p = skip_space(p + 1);
    if (*p == '}') return p + 1;
    for (;;) {
        int has_escapes = 0;
        text start = p + 1, end;
        if (*p != '"') return NULL;
        end = scan_string(start, &has_escapes);
        if (end == NULL) return NULL;
        count = note_key(keys, count, start, end, has_escapes, seen);
        p = skip_space(end + 1);
        if (*p != ':') return NULL;
        p = skip_value(skip_space(p + 1), depth + 1, seen);
        if (p == NULL) return NULL;
        p = skip_space(p);
        if (*p == '}') return p + 1;
        if (*p != ',') return NULL;
        p = skip_space(p + 1);
    }
}

static text skip_list(text p, int depth, notes *seen) {
    p = skip_space(p + 1);
    if (*p == ']') return p + 1;
    for (;;) {
        p = skip_value(p, depth + 1, seen);
        if (p == NULL) return NULL;
        p = skip_space(p);
        if (*p == ']') return p + 1;
        if (*p != ',') return NULL;
        p = skip_space(p + 1);
    }
}

/* Validates the value at `p`. Returns its end, or NULL if it is not valid, or nested too deep. */
static text skip_value(text p, int depth, notes *seen) {
    int has_escapes = 0;
    if (depth > MAX_DEPTH) return NULL;
    switch (*p) {
        case '{':
            return skip_object(p, depth, seen);
        case '[':
            return skip_list(p, depth, seen);
        case '"':
            p = scan_string(p + 1, &has_escapes);
            return p == NULL ? NULL : p + 1;
        case 't':
            return skip_word(p, "true");
        case 'f':
            return skip_word(p, "false");
        case 'n':
            return skip_word(p, "null");
        default:
            return skip_number(p, seen);
    }
}

/* ---------------------------------------------------------------- the index of a document */

typedef struct {
    int64_t key_start, key_end; /* without the quotes; -1 for a document that is a list */
    int64_t start, end; /* of the value */
    int64_t first_row, rows; /* its rows in `row_starts`; rows is -1 for another value than a list */
    int32_t has_escapes; /* in the key */
    int32_t suspicious; /* it has a duplicate key, or a number beyond a double, outside of rows */
} member;

typedef struct {
    int64_t members;
    member *member;
    int64_t rows;
    int64_t *row_starts;
    int64_t *row_ends;
    int64_t member_room, row_room;
    int32_t is_list;
    int32_t is_ascii;
} document_index;

static int is_utf8(text p, int64_t size, int32_t *is_ascii) {
    text end = p + size;
    *is_ascii = 1;
    while (p < end) {
        uint8_t c = *p;
        if (c < 0x80) {
            while (end - p >= 8) {
                uint64_t word;
                memcpy(&word, p, 8);
                if (word & 0x8080808080808080u) break;
                p += 8;
            }
            while (p < end && *p < 0x80) p++;
            continue;
        }
        *is_ascii = 0;
        if (c < 0xC2 || c > 0xF4) return 0;
        if (c < 0xE0) {
            if (end - p < 2 || (p[1] & 0xC0) != 0x80) return 0;
            p += 2;
        } else if (c < 0xF0) {
            if (end - p < 3 || (p[1] & 0xC0) != 0x80 || (p[2] & 0xC0) != 0x80) return 0;
            if ((c == 0xE0 && p[1] < 0xA0) || (c == 0xED && p[1] > 0x9F)) return 0;
            p += 3;
        } else {
            if (end - p < 4 || (p[1] & 0xC0) != 0x80 || (p[2] & 0xC0) != 0x80 || (p[3] & 0xC0) != 0x80) return 0;
            if ((c == 0xF0 && p[1] < 0x90) || (c == 0xF4 && p[1] > 0x8F)) return 0;
            p += 4;
        }
    }
    return 1;
}

/* The next quote, bracket or brace at or after `p`; `end` if there is none. */
static text next_mark(text p, text end) {
#if defined(HAVE_SSE2)
    const __m128i quote = _mm_set1_epi8('"'), open = _mm_set1_epi8('{'), close = _mm_set1_epi8('}'), lower = _mm_set1_epi8(0x20);
    while (end - p >= 16) {
        __m128i chunk = _mm_loadu_si128((const __m128i *)p);
        __m128i folded = _mm_or_si128(chunk, lower); /* "[" becomes "{", "]" becomes "}" */
        __m128i found = _mm_or_si128(_mm_cmpeq_epi8(chunk, quote), _mm_or_si128(_mm_cmpeq_epi8(folded, open), _mm_cmpeq_epi8(folded, close)));
        int mask = _mm_movemask_epi8(found);
        if (mask) {
#if defined(_MSC_VER)
            while (!(mask & 1)) {
                mask >>= 1;
                p++;
            }
            return p;
#else
            return p + __builtin_ctz((unsigned)mask);
#endif
        }
        p += 16;
    }
#endif
    while (p < end && *p != '"' && (*p | 0x20) != '{' && (*p | 0x20) != '}') p++;
    return p;
}

/* The end of the object or list that starts at `p`, by its brackets alone; NULL if there is none. */
static text end_of_container(text p, text end) {
    int depth = 0;
    for (;;) {
        p = next_mark(p, end);
        if (p >= end) return NULL;
        if (*p == '"') {
            for (p++;; p++) {
                while (p < end && *p != '"' && *p != '\\') p++;
                if (p >= end) return NULL;
                if (*p == '"') break;
                p++;
            }
            if (p >= end) return NULL;
        } else if ((*p | 0x20) == '{') {
            if (++depth > MAX_DEPTH) return NULL;
        } else if (--depth == 0) {
            return p + 1;
        }
        p++;
    }
}

static int add_row(document_index *index, int64_t start, int64_t end) {
    if (index->rows == index->row_room) {
        int64_t room = index->row_room ? 2 * index->row_room : 4096;
        int64_t *starts = realloc(index->row_starts, (size_t)room * sizeof(int64_t)), *ends;
        if (starts == NULL) return 0;
        index->row_starts = starts;
        ends = realloc(index->row_ends, (size_t)room * sizeof(int64_t));
        if (ends == NULL) return 0;
        index->row_ends = ends;
        index->row_room = room;
    }
    index->row_starts[index->rows] = start;
    index->row_ends[index->rows++] = end;
    return 1;
}

static member *add_member(document_index *index) {
    if (index->members == index->member_room) {
        int64_t room = index->member_room ? 2 * index->member_room : 16;
        member *grown = realloc(index->member, (size_t)room * sizeof(member));
        if (grown == NULL) return NULL;
        index->member = grown;
        index->member_room = room;
    }
    return &index->member[index->members++];
}

/* Finds the rows of the list at `p`. Rows that are objects or lists are not validated here. */
static int index_rows(text base, text p, text end, document_index *index, text *after) {
    p = skip_space(p + 1);
    if (*p == ']') {
        *after = p + 1;
        return PLAIN;
    }
    for (;;) {
        text start = p;
        notes seen = {0, 0};
        p = *p == '{' || *p == '[' ? end_of_container(p, end) : skip_value(p, 2, &seen);
        if (p == NULL) return INVALID;
        if (!add_row(index, start - base, p - base)) return NO_MEMORY;
        p = skip_space(p);
        if (*p == ']') {
            *after = p + 1;
            return PLAIN;
        }
        if (*p != ',') return INVALID;
        p = skip_space(p + 1);
    }
}

static int index_value(text base, text *p, text end, document_index *index, member *entry) {
    notes seen = {0, 0};
    text after;
    entry->start = *p - base;
    entry->first_row = index->rows;
    entry->rows = -1;
    if (**p == '[') {
        int status = index_rows(base, *p, end, index, &after);
        if (status != PLAIN) return status;
        entry->rows = index->rows - entry->first_row;
    } else {
        after = skip_value(*p, 1, &seen);
        if (after == NULL) return INVALID;
    }
    entry->end = after - base;
    entry->suspicious = seen.repeated || seen.overflow;
    *p = after;
    return PLAIN;
}

static int index_object(text base, text p, text end, document_index *index, text *after) {
    p = skip_space(p + 1);
    if (*p == '}') {
        *after = p + 1;
        return PLAIN;
    }
    for (;;) {
        member *entry = add_member(index);
        int status, has_escapes = 0;
        text close;
        if (entry == NULL) return NO_MEMORY;
        memset(entry, 0, sizeof *entry);
        if (*p != '"') return INVALID;
        close = scan_string(p + 1, &has_escapes);
        if (close == NULL) return INVALID;
        entry->key_start = p + 1 - base;
        entry->key_end = close - base;
        entry->has_escapes = has_escapes;
        p = skip_space(close + 1);
        if (*p != ':') return INVALID;
        p = skip_space(p + 1);
        status = index_value(base, &p, end, index, entry);
        if (status != PLAIN) return status;
        p = skip_space(p);
        if (*p == '}') {
            *after = p + 1;
            return PLAIN;
        }
        if (*p != ',') return INVALID;
        p = skip_space(p + 1);
    }
}

EXPORTED void cocoproof_free_index(document_index *index) {
    free(index->member);
    free(index->row_starts);
    free(index->row_ends);
    memset(index, 0, sizeof *index);
}

/* Finds the members of the document and the rows of its lists.
 *
 * Returns PLAIN, INVALID (not UTF-8, not JSON, nested deeper than MAX_DEPTH, or neither an object nor a list), or NO_MEMORY. The rows are
 * not validated yet. The caller frees the index whatever is returned.
 */
EXPORTED int32_t cocoproof_index(text data, int64_t size, document_index *index) {
    text p, end = data + size, after = NULL;
    int status;
    memset(index, 0, sizeof *index);
    if (!is_utf8(data, size, &index->is_ascii)) return INVALID;
    p = skip_space(data);
    if (*p == '{') {
        status = index_object(data, p, end, index, &after);
    } else if (*p == '[') {
        member *entry = add_member(index);
        if (entry == NULL) return NO_MEMORY;
        memset(entry, 0, sizeof *entry);
        entry->key_start = entry->key_end = -1;
        index->is_list = 1;
        after = p;
        status = index_value(data, &after, end, index, entry);
    } else {
        return INVALID;
    }
    if (status == PLAIN && skip_space(after) != end) return INVALID;
    return status;
}

/* Validates rows that are not read into columns. Returns PLAIN or INVALID; `suspicious` is set if a row may have a duplicate key, or a number
 * beyond a double. */
EXPORTED int32_t cocoproof_validate(text data, const int64_t *starts, const int64_t *ends, int64_t rows, int32_t *suspicious) {
    notes seen = {0, 0};
    int64_t row;
    for (row = 0; row < rows; row++)
        if (skip_value(data + starts[row], 2, &seen) != data + ends[row]) return INVALID;
    *suspicious = seen.repeated || seen.overflow;
    return PLAIN;
}

/* ---------------------------------------------------------------- rows into columns */

enum { INTEGER = 0, REAL = 1, BOX = 2, STRING = 3, PRESENCE = 4, NUMBERS = 5, SEGMENTATION = 6, LICENSE = 7, SCORE = 8 };

/* One field of the rows of a section. `values` has one entry a row: int64 (INTEGER, LICENSE), double (REAL, SCORE), 4 doubles (BOX), or the
 * start and end of a string's text as 2 int64 (STRING; the end is negative if the string has escapes). PRESENCE, NUMBERS and SEGMENTATION have none. */
typedef struct {
    const char *name;
    int64_t length;
    int32_t type;
    int32_t reserved;
    void *values;
    uint8_t *state;
} field;

/* Lists of numbers of all rows, one after the other. */
typedef struct {
    double *values;
    int64_t *lengths; /* NUMBERS: one entry a row; polygons: one entry a ring */
    int64_t count, lists;
    int64_t room; /* of both: a mapped file may change while it is read, so that more follow than its size allows */
} numbers;

/* The segmentations of all rows. */
typedef struct {
    uint8_t *shape; /* one entry a row */
    int64_t *rings; /* rings of each row */
    int64_t rle_rows; /* rows with an RLE: the next three have an entry for each */
    int64_t *rle_row;
    int64_t *rle_size; /* height, width */
    int64_t *rle_counts; /* start and end of the compressed text (negative if backslashes are escaped), or of the list's runs in `runs` */
    int64_t *runs;
    int64_t run_count;
    int64_t run_room;
} segmentations;

typedef struct {
    numbers rings;
    numbers keypoints;
    segmentations masks;
} ragged;

/* Every function below returns the end of the value, or NULL if the value is not the expected one. It may still be valid JSON. */

static text read_integer(text p, int64_t *out) {
    number n;
    p = scan_number(p, &n);
    return p != NULL && to_int64(&n, out) ? p : NULL;
}

#if defined(FLT_EVAL_METHOD) && FLT_EVAL_METHOD == 0
#define MOST_DIGITS 15 /* of an integer that a double holds whatever they are */

/* A number of few digits without an exponent, as nearly all are: one division of exact operands. Returns NULL for any other. */
static text read_short_real(text p, double *out) {
    int negative = *p == '-';
    text first = p + negative, end;
    uint64_t digits = 0; /* wraps round if there are too many */
    int64_t decimals = 0;
    double value;
    for (end = first; is_digit(*end); end++) digits = digits * 10 + (uint64_t)(*end - '0');
    if (end == first || end - first > MOST_DIGITS || (*first == '0' && end - first > 1)) return NULL;
    if (*end == '.') {
        text point = end++;
        for (; is_digit(*end); end++) {
            if (end - first > MOST_DIGITS) return NULL;
            digits = digits * 10 + (uint64_t)(*end - '0');
        }
        decimals = end - point - 1;
        if (decimals == 0) return NULL;
    }
    if ((*end | 0x20) == 'e' || (negative && digits == 0)) return NULL;
    value = (double)(int64_t)digits / POWERS_OF_TEN[decimals];
    *out = negative ? -value : value;
    return end;
}
#endif

static text read_real(text p, double *out) {
    number n;
#if defined(FLT_EVAL_METHOD) && FLT_EVAL_METHOD == 0
    text end = read_short_real(p, out);
    if (end != NULL) return end;
#endif
    p = scan_number(p, &n);
    return p != NULL && to_double(&n, out) ? p : NULL;
}

static text read_box(text p, double *out) {
    int k;
    if (*p != '[') return NULL;
    p = skip_space(p + 1);
    for (k = 0; k < 4; k++) {
        p = read_real(p, &out[k]);
        if (p == NULL) return NULL;
        p = skip_space(p);
        if (*p != (k < 3 ? ',' : ']')) return NULL;
        p = k < 3 ? skip_space(p + 1) : p + 1;
    }
    return p;
}

static text read_numbers(text p, numbers *out, int64_t *length) {
    int64_t first = out->count;
    if (*p != '[') return NULL;
    p = skip_space(p + 1);
    if (*p == ']') {
        *length = 0;
        return p + 1;
    }
    for (;;) {
        if (out->count == out->room) return NULL;
        p = read_real(p, &out->values[out->count]);
        if (p == NULL) return NULL;
        out->count++;
        if (*p != ',' && *p != ']') p = skip_space(p);
        if (*p == ']') break;
        if (*p != ',') return NULL;
        p++;
        if (*p == ' ' || *p < ' ') p = skip_space(p);
    }
    *length = out->count - first;
    return p + 1;
}

static text read_polygons(text p, ragged *out, int64_t row) {
    p = skip_space(p + 1);
    if (*p == ']') {
        out->masks.shape[row] = SHAPE_EMPTY;
        return p + 1;
    }
    out->masks.shape[row] = SHAPE_POLYGONS;
    for (;;) {
        if (out->rings.lists == out->rings.room) return NULL;
        p = read_numbers(p, &out->rings, &out->rings.lengths[out->rings.lists]);
        if (p == NULL) return NULL;
        out->rings.lists++;
        out->masks.rings[row]++;
        p = skip_space(p);
        if (*p == ']') return p + 1;
        if (*p != ',') return NULL;
        p = skip_space(p + 1);
    }
}

static text read_runs(text p, segmentations *out) {
    p = skip_space(p + 1);
    if (*p == ']') return p + 1;
    for (;;) {
        if (out->run_count == out->run_room) return NULL;
        p = read_integer(p, &out->runs[out->run_count]);
        if (p == NULL) return NULL;
        out->run_count++;
        p = skip_space(p);
        if (*p == ']') return p + 1;
        if (*p != ',') return NULL;
        p = skip_space(p + 1);
    }
}

/* Whether every escape of a string is a backslash, which is a character of compressed counts. */
static int has_backslashes_alone(text p, text close) {
    for (; p < close; p++)
        if (*p == '\\' && *++p != '\\') return 0;
    return 1;
}

/* `{"size": [h, w], "counts": "..." or [...]}`, in any order and without other keys. */
static text read_rle(text base, text p, ragged *out, int64_t row) {
    segmentations *masks = &out->masks;
    int64_t *size = &masks->rle_size[2 * masks->rle_rows], *counts = &masks->rle_counts[2 * masks->rle_rows];
    int has_size = 0, has_counts = 0;
    p = skip_space(p + 1);
    for (;;) {
        text name = p;
        if (*p != '"') return NULL;
        if ((p = skip_word(name, "\"size\"")) != NULL && !has_size) {
            p = skip_space(p);
            if (*p != ':') return NULL;
            p = skip_space(p + 1);
            if (*p != '[') return NULL;
            p = read_integer(skip_space(p + 1), &size[0]);
            if (p == NULL) return NULL;
            p = skip_space(p);
            if (*p != ',') return NULL;
            p = read_integer(skip_space(p + 1), &size[1]);
            if (p == NULL) return NULL;
            p = skip_space(p);
            if (*p != ']') return NULL;
            p++;
            has_size = 1;
        } else if ((p = skip_word(name, "\"counts\"")) != NULL && !has_counts) {
            p = skip_space(p);
            if (*p != ':') return NULL;
            p = skip_space(p + 1);
            if (*p == '"') {
                int has_escapes = 0;
                text close = scan_string(p + 1, &has_escapes);
                if (close == NULL || (has_escapes && !has_backslashes_alone(p + 1, close))) return NULL;
                counts[0] = p + 1 - base;
                counts[1] = has_escapes ? -(close - base) : close - base;
                masks->shape[row] = SHAPE_COMPRESSED_RLE;
                p = close + 1;
            } else if (*p == '[') {
                counts[0] = masks->run_count;
                p = read_runs(p, masks);
                if (p == NULL) return NULL;
                counts[1] = masks->run_count;
                masks->shape[row] = SHAPE_RLE;
            } else {
                return NULL;
            }
            has_counts = 1;
        } else {
            return NULL;
        }
        p = skip_space(p);
        if (*p == '}') break;
        if (*p != ',') return NULL;
        p = skip_space(p + 1);
    }
    if (!has_size || !has_counts) return NULL;
    masks->rle_row[masks->rle_rows++] = row;
    return p + 1;
}

static text read_string(text base, text p, int64_t *span) {
    int has_escapes = 0;
    text close;
    if (*p != '"') return NULL;
    close = scan_string(p + 1, &has_escapes);
    if (close == NULL) return NULL;
    span[0] = p + 1 - base;
    span[1] = has_escapes ? -(close - base) : close - base;
    return close + 1;
}

static text read_license(text p, const field *f, int64_t row) {
    notes seen = {0, 0};
    int64_t value;
    text end;
    if (*p == '"' || *p == 'n') return skip_value(p, 3, &seen); /* a text or null is no reference */
    end = read_integer(p, &value);
    if (end == NULL) return NULL;
    ((int64_t *)f->values)[row] = value;
    f->state[row] = STATE_OK;
    return end;
}

static text read_score(text p, const field *f, int64_t row) {
    notes seen = {0, 0};
    text end;
    if (*p != '-' && !is_digit(*p)) {
        f->state[row] = STATE_BROKEN;
        return skip_value(p, 3, &seen);
    }
    end = read_real(p, &((double *)f->values)[row]);
    if (end != NULL) f->state[row] = STATE_OK;
    return end;
}

/* Reads one value into its column. Returns its end, or NULL if it is another value than expected. */
static text read_field(text base, text p, const field *f, int64_t row, ragged *out) {
    notes seen = {0, 0};
    text end = NULL;
    switch (f->type) {
        case INTEGER:
            end = read_integer(p, &((int64_t *)f->values)[row]);
            break;
        case REAL:
            end = read_real(p, &((double *)f->values)[row]);
            break;
        case BOX:
            end = read_box(p, &((double *)f->values)[4 * row]);
            break;
        case STRING:
            end = read_string(base, p, &((int64_t *)f->values)[2 * row]);
            break;
        case PRESENCE:
            end = skip_value(p, 3, &seen);
            if (seen.repeated || seen.overflow) return NULL;
            break;
        case NUMBERS:
            end = read_numbers(p, &out->keypoints, &out->keypoints.lengths[row]);
            break;
        case SEGMENTATION:
            if (*p == '[')
                end = read_polygons(p, out, row);
            else if (*p == '{')
                end = read_rle(base, p, out, row);
            break;
        case LICENSE:
            return read_license(p, f, row);
        case SCORE:
            return read_score(p, f, row);
    }
    if (end != NULL && f->state != NULL) f->state[row] = STATE_OK;
    return end;
}

static int find_field(const field *fields, int32_t count, text start, int64_t length, int32_t guess) {
    int32_t k;
    /* Rows have their keys in the same order, so the one after the last is tried first. */
    for (k = 0; k < count; k++) {
        int32_t at = guess + k < count ? guess + k : guess + k - count;
        if (fields[at].length == length && !memcmp(fields[at].name, start, (size_t)length)) return at;
    }
    return -1;
}

/* Reads one row. Returns PLAIN, ODD or INVALID. */
static int read_row(text base, text p, text end, const field *fields, int32_t count, int64_t row, ragged *out, notes *seen) {
    key keys[MAX_KEYS];
    int key_count = 0;
    int32_t guess = 0;
    if (*p != '{') return ODD;
    p = skip_space(p + 1);
    if (*p == '}') return p + 1 == end ? PLAIN : INVALID;
    for (;;) {
        int has_escapes = 0, at;
        text start = p + 1, close, value;
        if (*p != '"') return INVALID;
        close = scan_string(start, &has_escapes);
        if (close == NULL) return INVALID;
        key_count = note_key(keys, key_count, start, close, has_escapes, seen);
        p = skip_space(close + 1);
        if (*p != ':') return INVALID;
        value = skip_space(p + 1);
        /* With a duplicate key the last value counts, but a ragged column cannot take a value back. */
        if (seen->repeated) return ODD;
        at = find_field(fields, count, start, close - start, guess);
        if (at >= 0) {
            guess = at + 1 < count ? at + 1 : 0;
            p = read_field(base, value, &fields[at], row, out);
            if (p == NULL) return ODD;
        } else {
            p = skip_value(value, 3, seen);
            if (p == NULL) return INVALID;
        }
        p = skip_space(p);
        if (*p == '}') return p + 1 == end ? PLAIN : INVALID;
        if (*p != ',') return INVALID;
        p = skip_space(p + 1);
    }
}

/* Reads rows into columns.
 *
 * Returns PLAIN; ODD if a row has a value of another type than expected, or one that only the reader in Python determines, and what was
 * written must not be used; or INVALID if a row is not JSON. `suspicious` is set if a row may have a duplicate key, or a number
 * beyond a double in a field that no column has.
 *
 * The room that the caller provides for b bytes of rows: `out->rings` and `out->keypoints` b / 2 + 1 values each, the rings' lengths b / 2 + 1,
 * the runs b / 2 + 1, everything else one entry a row.
 */
EXPORTED int32_t cocoproof_read_rows(text data, const int64_t *starts, const int64_t *ends, int64_t rows, const field *fields, int32_t count,
                                     ragged *out, int32_t *suspicious) {
    notes seen = {0, 0};
    int64_t row;
    int worst = PLAIN;
    for (row = 0; row < rows; row++) {
        int status = worst == PLAIN ? read_row(data, data + starts[row], data + ends[row], fields, count, row, out, &seen) : ODD;
        if (status == ODD) {
            /* Not plain, but it may be valid: later rows are only validated. */
            worst = ODD;
            if (skip_value(data + starts[row], 2, &seen) != data + ends[row]) status = INVALID;
        }
        if (status == INVALID) return INVALID;
    }
    *suspicious = seen.repeated || seen.overflow;
    return worst;
}

#include "kernels.h"

/* ---------------------------------------------------------------- files */

#include "mapping.h"

/* ---------------------------------------------------------------- masks */

#include "runs.h"

EXPORTED int32_t cocoproof_interface_version(void) { return INTERFACE_VERSION; }
