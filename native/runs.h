/* Compressed counts of masks, as `rleFrString` of pycocotools 2.0.11 reads them. Included by reader.c. */

enum { RLE_OK = 0, RLE_EMPTY = 1, RLE_BAD_CHARACTER = 2, RLE_TRUNCATED = 3, RLE_OVERLONG = 4 }; /* as geometry.rle.RleFault */

#define LONGEST_GROUP 6

/* Decodes the counts of masks, whose texts are data[starts[k]:ends[k]]; backslashes are doubled if they are escaped. The runs of all masks are written one after another; there is room for one a
 * character. A mask with a fault has none. Returns how many runs there are. */
EXPORTED int64_t cocoproof_decode_counts(text data, const int64_t *starts, const int64_t *ends, int64_t masks, int32_t is_escaped, int64_t *runs,
                                         int64_t *lengths, uint8_t *faults) {
    int64_t total = 0, k;
    for (k = 0; k < masks; k++) {
        text p = data + starts[k], end = data + ends[k];
        int64_t *own = runs + total, count = 0;
        int is_bad = 0, is_overlong = 0, is_truncated = 0;
        faults[k] = p < end ? RLE_OK : RLE_EMPTY;
        while (p < end) {
            uint64_t value = 0;
            uint8_t sextet, before = 0;
            int size = 0;
            for (;;) {
                sextet = (uint8_t)(*p - 48);
                p += is_escaped && *p == '\\' && end - p > 1 ? 2 : 1;
                is_bad |= sextet > 63;
                if (size < LONGEST_GROUP) value |= (uint64_t)(sextet & 31) << (5 * size);
                size++;
                if (!(sextet & 32)) break;
                if (p == end) {
                    is_truncated = 1;
                    break;
                }
                before = sextet;
                if (size > LONGEST_GROUP) size = LONGEST_GROUP + 1;
            }
            if (size > LONGEST_GROUP) {
                is_overlong = 1;
            } else {
                if (sextet & 16) value |= ~(uint64_t)0 << (5 * size);
                /* The last payload adds nothing if it repeats the sign bit of the one before it. */
                if (size > 1 && (sextet & 31) == (before & 16 ? 31 : 0)) is_overlong = 1;
            }
            if (count > 2) value += (uint64_t)own[count - 2];
            own[count++] = (int64_t)value;
        }
        if (is_overlong) faults[k] = RLE_OVERLONG;
        if (is_truncated) faults[k] = RLE_TRUNCATED;
        if (is_bad) faults[k] = RLE_BAD_CHARACTER;
        lengths[k] = faults[k] == RLE_OK ? count : 0;
        total += lengths[k];
    }
    return total;
}
