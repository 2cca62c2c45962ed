/* Passes over columns that numpy would need many temporaries for. Included by reader.c.
 *
 * The results are those of the same functions in Python, bit for bit: sums are taken in numpy's order, and no product is fused with a sum.
 * Nothing here allocates, except where it says so.
 */

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

#define RING_ROUNDING 1e-9 /* as geometry.polygons._ROUNDING */
#define MIN_RING_NUMBERS 6
#define LEAF 128 /* numpy's pairwise summation adds this many numbers with eight accumulators */

/* The sum of n numbers, n at most LEAF, in the order of numpy's pairwise summation. */
static double sum_of_leaf(const double *t, int64_t n) {
    double r[8], total = 0.0;
    int64_t i;
    int k;
    if (n < 8) {
        for (i = 0; i < n; i++) total += t[i];
        return total;
    }
    for (k = 0; k < 8; k++) r[k] = t[k];
    for (i = 8; i < n - n % 8; i += 8)
        for (k = 0; k < 8; k++) r[k] += t[i + k];
    total = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
    for (; i < n; i++) total += t[i];
    return total;
}

/* The sum of the shoelace terms [first, first + n) of a ring of `vertices` vertices, about its first one. The last term, back to it, is zero. */
static double sum_of_terms(const double *v, int64_t vertices, int64_t first, int64_t n) {
    double terms[LEAF];
    int64_t i, regular, half;
    if (n > LEAF) {
        half = n / 2;
        half -= half % 8;
        return sum_of_terms(v, vertices, first, half) + sum_of_terms(v, vertices, first + half, n - half);
    }
    regular = first + n < vertices ? n : n - 1;
    for (i = 0; i < regular; i++) {
        const double *at = v + 2 * (first + i);
        terms[i] = (at[0] - v[0]) * (at[3] - v[1]) - (at[2] - v[0]) * (at[1] - v[1]);
    }
    if (regular < n) terms[regular] = 0.0;
    return sum_of_leaf(terms, n);
}

/* The sums of x and of y of n vertices, in the same order. */
static void sum_of_vertices(const double *v, int64_t n, double *sum) {
    double r[16], left[2], right[2];
    int64_t i, half;
    int k;
    if (n < 8) {
        sum[0] = sum[1] = 0.0;
        for (i = 0; i < n; i++) {
            sum[0] += v[2 * i];
            sum[1] += v[2 * i + 1];
        }
        return;
    }
    if (n <= LEAF) {
        for (k = 0; k < 16; k++) r[k] = v[k];
        for (i = 8; i < n - n % 8; i += 8)
            for (k = 0; k < 16; k++) r[k] += v[2 * i + k];
        for (k = 0; k < 2; k++) sum[k] = ((r[k] + r[k + 2]) + (r[k + 4] + r[k + 6])) + ((r[k + 8] + r[k + 10]) + (r[k + 12] + r[k + 14]));
        for (; i < n; i++) {
            sum[0] += v[2 * i];
            sum[1] += v[2 * i + 1];
        }
        return;
    }
    half = n / 2;
    half -= half % 8;
    sum_of_vertices(v, half, left);
    sum_of_vertices(v + 2 * half, n - half, right);
    sum[0] = left[0] + right[0];
    sum[1] = left[1] + right[1];
}

/* Whether a ring goes round the mean of its vertices once, always in one direction. */
static int is_star_shaped(const double *v, int64_t n) {
    double rest[2], mean_x, mean_y, x, y, first_x, first_y, least = INFINITY, most = -INFINITY, reach = 0.0, doubt;
    int64_t i, rounds = 0;
    sum_of_vertices(v + 2, n - 1, rest);
    mean_x = (v[0] + rest[0]) / (double)n;
    mean_y = (v[1] + rest[1]) / (double)n;
    x = first_x = v[0] - mean_x;
    y = first_y = v[1] - mean_y;
    for (i = 0; i < n; i++) {
        double next_x = i + 1 < n ? v[2 * i + 2] - mean_x : first_x, next_y = i + 1 < n ? v[2 * i + 3] - mean_y : first_y;
        double turn = x * next_y - y * next_x, wide = x < 0 ? -x : x, high = y < 0 ? -y : y;
        if (turn != turn) return 0; /* beyond the range of a double */
        if (next_x != x || next_y != y) { /* a vertex that is repeated does not turn */
            if (turn < least) least = turn;
            if (turn > most) most = turn;
            if (least <= 0 && most >= 0) return 0;
        }
        if (high > wide) wide = high;
        if (wide > reach) reach = wide;
        rounds += y < 0 && next_y >= 0;
        x = next_x;
        y = next_y;
    }
    doubt = RING_ROUNDING * (reach * reach);
    return (least > doubt || most < -doubt) && rounds == 1;
}

/* For each ring its signed area, and its bounds: least x, least y, greatest x, greatest y. Ring i has the numbers
 * values[offsets[i]:offsets[i + 1]]. NaN if their count is odd or under six. */
EXPORTED void cocoproof_measure_rings(const double *values, const int64_t *offsets, int64_t rings, double *areas, double *bounds) {
    int64_t ring, i;
    for (ring = 0; ring < rings; ring++) {
        const double *v = values + offsets[ring];
        int64_t length = offsets[ring + 1] - offsets[ring], n = length / 2;
        double *out = bounds + 4 * ring, left, top, right, bottom;
        if (length % 2 != 0 || length < MIN_RING_NUMBERS) {
            areas[ring] = out[0] = out[1] = out[2] = out[3] = NAN;
            continue;
        }
        left = right = v[0];
        top = bottom = v[1];
        for (i = 1; i < n; i++) {
            double x = v[2 * i], y = v[2 * i + 1];
            left = x < left ? x : left;
            top = y < top ? y : top;
            right = x > right ? x : right;
            bottom = y > bottom ? y : bottom;
        }
        out[0] = left;
        out[1] = top;
        out[2] = right;
        out[3] = bottom;
        areas[ring] = (sum_of_terms(v, n, 0, 1) + sum_of_terms(v, n, 1, n - 1)) / 2;
    }
}

/* Whether each of the chosen rings goes round the mean of its vertices once, always in one direction; 0 if its numbers are odd or under six. */
EXPORTED void cocoproof_star_shaped(const double *values, const int64_t *offsets, const int64_t *chosen, int64_t count, uint8_t *out) {
    int64_t k;
    for (k = 0; k < count; k++) {
        int64_t first = offsets[chosen[k]], length = offsets[chosen[k] + 1] - first;
        out[k] = (uint8_t)(length % 2 == 0 && length >= MIN_RING_NUMBERS && is_star_shaped(values + first, length / 2));
    }
}

/* ---------------------------------------------------------------- lines */

/* How many lines end in the bytes [start, end) of a text, and how many bytes after the last line end continue a character (10xxxxxx). `*last` is set to the offset
 * after the last line end, or to `start`. */
EXPORTED int64_t cocoproof_count_lines(const uint8_t *data, int64_t start, int64_t end, int64_t *last, int64_t *continued) {
    int64_t lines = 0, at = start;
    *last = start;
    *continued = 0;
    while (at < end) {
        int64_t stop = end - at < 1 << 14 ? end : at + (1 << 14), k;
        int32_t ends = 0, inside = 0;
        for (k = at; k < stop; k++) {
            ends += data[k] == '\n';
            inside += (data[k] & 0xC0) == 0x80;
        }
        if (ends) {
            for (k = stop; data[k - 1] != '\n'; k--) continue;
            *last = k;
            *continued = 0;
            for (; k < stop; k++) *continued += (data[k] & 0xC0) == 0x80;
        } else {
            *continued += inside;
        }
        lines += ends;
        at = stop;
    }
    return lines;
}

/* ---------------------------------------------------------------- digests */

#define GOLDEN 0x9E3779B97F4A7C15u

/* SplitMix64's finaliser, as columns.row_digests._mix. */
static uint64_t mixed(uint64_t bits) {
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9u;
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBu;
    return bits ^ (bits >> 31);
}

/* The bits of number k of a column; of a double, -0.0 counts as 0.0. */
static uint64_t bits_of(const uint8_t *column, int64_t stride, int32_t is_double, int64_t k) {
    uint64_t bits;
    memcpy(&bits, column + k * stride, sizeof bits);
    return is_double && bits == (uint64_t)1 << 63 ? 0 : bits;
}

/* Mixes a column of 64-bit numbers, `stride` bytes apart, into the digests of its n rows; `first` for the first column. */
EXPORTED void cocoproof_digest_column(const uint8_t *column, int64_t stride, int32_t is_double, int32_t first, int64_t n, uint64_t *digests) {
    int64_t k;
    for (k = 0; k < n; k++) {
        uint64_t bits = bits_of(column, stride, is_double, k);
        digests[k] = first ? mixed(bits + GOLDEN) : mixed((digests[k] + GOLDEN) ^ bits);
    }
}

/* The digest of each row of 64-bit numbers: row i has values[offsets[i]:offsets[i + 1]]. */
EXPORTED void cocoproof_digest_rows(const uint8_t *values, int32_t is_double, const int64_t *offsets, int64_t rows, uint64_t *digests) {
    int64_t row, k;
    for (row = 0; row < rows; row++) {
        uint64_t total = 0;
        for (k = offsets[row]; k < offsets[row + 1]; k++)
            total += mixed(mixed(bits_of(values, 8, is_double, k) + GOLDEN) + (uint64_t)(k - offsets[row] + 1) * GOLDEN);
        digests[row] = total;
    }
}

/* ---------------------------------------------------------------- boxes that are nearly the same */

/* As geometry.near_boxes, which explains the projection. */
#define X1 1.0
#define Y1 0.6180339887498949
#define X2 0.7320508075688772
#define Y2 0.41421356237309515
#define PLACES 4294967296.0 /* 2^32 */

typedef struct {
    int64_t place, reach, row;
} placed;

static int has_area(const double *box, double *along) {
    *along = (((X1 + X2) * box[0] + (Y1 + Y2) * box[1]) + X2 * box[2]) + Y2 * box[3];
    return box[2] > 0 && box[3] > 0 && *along - *along == 0;
}

/* The distance from |x| to the next double. */
static double spacing(double x) {
    uint64_t bits;
    double low = x < 0 ? -x : x, next;
    memcpy(&bits, &low, sizeof bits);
    bits++;
    memcpy(&next, &bits, sizeof bits);
    return next - low;
}

/* The IoU of two boxes, by the operations of geometry.near_boxes._iou. */
static double overlap(const double *a, const double *b) {
    double right_a = a[0] + a[2], right_b = b[0] + b[2], bottom_a = a[1] + a[3], bottom_b = b[1] + b[3];
    double width = (right_a < right_b ? right_a : right_b) - (a[0] > b[0] ? a[0] : b[0]);
    double height = (bottom_a < bottom_b ? bottom_a : bottom_b) - (a[1] > b[1] ? a[1] : b[1]), common;
    if (width < 0) width = 0;
    if (height < 0) height = 0;
    common = width * height;
    return common / ((a[2] * a[3] + b[2] * b[3]) - common);
}

static void sift(placed *heap, int64_t at, int64_t n) {
    placed moved = heap[at];
    for (;;) {
        int64_t child = 2 * at + 1;
        if (child >= n) break;
        if (child + 1 < n && heap[child + 1].place > heap[child].place) child++;
        if (heap[child].place <= moved.place) break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = moved;
}

static void sort_by_place(placed *line, int64_t n) {
    int64_t i, k;
    if (n <= 48) {
        for (i = 1; i < n; i++) {
            placed moved = line[i];
            for (k = i; k > 0 && line[k - 1].place > moved.place; k--) line[k] = line[k - 1];
            line[k] = moved;
        }
        return;
    }
    for (i = n / 2; i-- > 0;) sift(line, i, n);
    for (i = n - 1; i > 0; i--) {
        placed last = line[i];
        line[i] = line[0];
        line[0] = last;
        sift(line, 0, i);
    }
}

/* Which groups have two boxes with an IoU above a threshold, which is above 0 and below 1.
 *
 * `groups` has the group of each box, from 0 up to `count`, or -1 for a box that is left out. The caller provides `starts`, count + 2 entries of zero, and
 * `line`, three numbers a box. Returns 1, or 0 if there are more than `most` pairs to compare.
 */
EXPORTED int32_t cocoproof_near_groups(const double *boxes, const int64_t *groups, int64_t n, int64_t count, double threshold, int64_t most,
                                       int64_t *starts, placed *line, uint8_t *near) {
    double along, low = INFINITY, high = -INFINITY, scale, share = 1 / threshold - 1;
    int64_t row, group, i, k, pairs = 0;
    for (row = 0; row < n; row++) {
        if (groups[row] < 0 || !has_area(boxes + 4 * row, &along)) continue;
        if (along < low) low = along;
        if (along > high) high = along;
        starts[groups[row] + 2]++;
    }
    for (group = 0; group < count; group++) starts[group + 2] += starts[group + 1];
    scale = high - low > 1.0 ? high - low : 1.0;
    scale = PLACES / scale;
    for (row = 0; row < n; row++) {
        const double *box = boxes + 4 * row;
        double reach, place;
        placed *own;
        if (groups[row] < 0 || !has_area(box, &along)) continue;
        own = &line[starts[groups[row] + 1]++];
        place = (along - low) * scale;
        reach = (share * (X1 * box[2] + Y1 * box[3]) + 16 * spacing(along)) * scale + 2;
        own->place = place < 2 * PLACES ? (int64_t)place : 0; /* not a number where the extent is beyond a double */
        own->reach = reach < 2 * PLACES ? (int64_t)reach : (int64_t)(2 * PLACES);
        own->row = row;
    }
    /* Now the boxes of a group are those from starts[group] to starts[group + 1]. */
    for (group = 0; group < count; group++) {
        int64_t first = starts[group], last = starts[group + 1];
        sort_by_place(line + first, last - first);
        for (i = first; i < last; i++) {
            for (k = i + 1; k < last && line[k].place - line[i].place <= line[i].reach; k++)
                if (!near[group] && overlap(boxes + 4 * line[i].row, boxes + 4 * line[k].row) > threshold) near[group] = 1;
            pairs += k - i - 1;
            if (pairs > most) return 0;
        }
    }
    return 1;
}

/* ---------------------------------------------------------------- masks */

/* The sum of |areas[first]| ... of n rings, in the order of numpy's pairwise summation. */
static double sum_of_magnitudes(const double *areas, int64_t n) {
    double terms[LEAF];
    int64_t i, half;
    if (n > LEAF) {
        half = n / 2;
        half -= half % 8;
        return sum_of_magnitudes(areas, half) + sum_of_magnitudes(areas + half, n - half);
    }
    for (i = 0; i < n; i++) terms[i] = areas[i] < 0 ? -areas[i] : areas[i];
    return sum_of_leaf(terms, n);
}

/* For each row the sum of its rings' areas without their signs, and the bounds of all its rings, which are NaN if those of one are; NaN without rings. */
EXPORTED void cocoproof_join_rings(const double *areas, const double *bounds, const int64_t *offsets, int64_t rows, double *sums, double *envelopes) {
    int64_t row, ring;
    int k;
    for (row = 0; row < rows; row++) {
        int64_t first = offsets[row], count = offsets[row + 1] - first;
        double *out = envelopes + 4 * row;
        if (count == 0) {
            sums[row] = out[0] = out[1] = out[2] = out[3] = NAN;
            continue;
        }
        sums[row] = sum_of_magnitudes(areas + first, 1) + sum_of_magnitudes(areas + first + 1, count - 1);
        for (k = 0; k < 4; k++) out[k] = bounds[4 * first + k];
        for (ring = first + 1; ring < first + count; ring++)
            for (k = 0; k < 4; k++) {
                double own = bounds[4 * ring + k];
                if (own != own || (k < 2 ? own < out[k] : own > out[k])) out[k] = own;
            }
    }
}

/* The vertical stretches of set pixels of a mask, in the order of its runs. A column that is all set, or all clear, is passed by once: a run may go
 * through 2^31 of them. */
typedef struct {
    const int64_t *runs;
    int64_t count, height, next, position;
    int64_t column, first, last, top, bottom; /* of the current run; `column` counts what is not passed by */
    int64_t rank, width; /* the stretch in the run, and its last one */
    int64_t low, high; /* the rows of the current stretch */
    int done;
} stretches;

static void next_stretch(stretches *s) {
    if (s->rank < s->width) {
        s->rank++;
        s->column++;
    } else {
        int64_t run = 0, before = s->last, gap;
        int is_first = s->width < 0;
        for (; s->next < s->count; s->next++) {
            run = s->runs[s->next];
            s->position += run;
            if (s->next % 2 == 1 && run > 0) break;
        }
        if (s->next == s->count) {
            s->done = 1;
            return;
        }
        s->next++;
        s->first = (s->position - run) / s->height;
        s->last = (s->position - 1) / s->height;
        s->top = s->position - run - s->first * s->height;
        s->bottom = s->position - s->last * s->height;
        gap = s->first - before < 2 ? s->first - before : 2;
        s->column += is_first ? 0 : gap;
        s->width = s->last - s->first < 2 ? s->last - s->first : 2;
        s->rank = 0;
    }
    s->low = s->rank == 0 ? s->top : 0;
    s->high = s->rank == s->width ? s->bottom : s->height;
}

/* Parts minus holes of each mask, as geometry.topology.euler_numbers. Mask i has runs[offsets[i]:offsets[i + 1]]. Returns 0 if a mask has a negative run, a
 * height under 1, or runs whose sum is beyond an int64. */
EXPORTED int32_t cocoproof_euler_numbers(const int64_t *runs, const int64_t *offsets, const int64_t *heights, int64_t masks, int64_t *out) {
    int64_t mask, k;
    for (mask = 0; mask < masks; mask++) {
        stretches ahead = {runs + offsets[mask], offsets[mask + 1] - offsets[mask], heights[mask], 0, 0, 0, 0, 0, 0, 0, 0, -1, 0, 0, 0}, behind;
        int64_t number = 0, sum = 0;
        if (heights[mask] < 1) return 0;
        for (k = 0; k < ahead.count; k++) {
            if (ahead.runs[k] < 0 || ahead.runs[k] > INT64_MAX - sum) return 0;
            sum += ahead.runs[k];
        }
        behind = ahead;
        next_stretch(&behind);
        for (next_stretch(&ahead); !ahead.done; next_stretch(&ahead)) {
            number++;
            while (!behind.done && (behind.column < ahead.column - 1 || (behind.column == ahead.column - 1 && behind.high <= ahead.low))) next_stretch(&behind);
            while (!behind.done && behind.column == ahead.column - 1 && behind.low < ahead.high) {
                number--;
                if (behind.high > ahead.high) break;
                next_stretch(&behind);
            }
        }
        out[mask] = number;
    }
    return 1;
}

/* Set pixels and tight box (x, y, width, height) of each mask, as geometry.rle.areas and geometry.rle.boxes. Returns 0 as `cocoproof_euler_numbers` does. */
EXPORTED int32_t cocoproof_measure_masks(const int64_t *runs, const int64_t *offsets, const int64_t *heights, int64_t masks, int64_t *areas, double *boxes) {
    int64_t mask, k;
    for (mask = 0; mask < masks; mask++) {
        const int64_t height = heights[mask];
        int64_t sum = 0, area = 0, first = -1, last = -1, top = INT64_MAX, bottom = -1;
        double *box = boxes + 4 * mask;
        if (height < 1) return 0;
        for (k = offsets[mask]; k < offsets[mask + 1]; k++) {
            const int64_t run = runs[k], begin = sum;
            int64_t left, right, low = 0, high = height - 1;
            if (run < 0 || run > INT64_MAX - sum) return 0;
            sum += run;
            if ((k - offsets[mask]) % 2 == 0 || run == 0) continue;
            area += run;
            if (sum <= UINT32_MAX) { /* a division of 32 bits takes half the time and less */
                left = (uint32_t)begin / (uint32_t)(height < UINT32_MAX ? height : UINT32_MAX);
                right = (uint32_t)(sum - 1) / (uint32_t)(height < UINT32_MAX ? height : UINT32_MAX);
            } else {
                left = begin / height;
                right = (sum - 1) / height;
            }
            if (left == right) {
                low = begin - left * height;
                high = sum - 1 - right * height;
            }
            if (first < 0) first = left;
            last = right;
            if (low < top) top = low;
            if (high > bottom) bottom = high;
        }
        areas[mask] = area;
        box[0] = first < 0 ? 0 : (double)first;
        box[1] = first < 0 ? 0 : (double)top;
        box[2] = first < 0 ? 0 : (double)(last - first + 1);
        box[3] = first < 0 ? 0 : (double)(bottom - top + 1);
    }
    return 1;
}
