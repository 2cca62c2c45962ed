/* Fuzzes reader.c with libFuzzer. The command is in CONTRIBUTING.md.
 *
 * Every document is indexed, and all rows of all its lists are validated and read with every field, as rows of images and of annotations. Every input is also
 * taken for numbers, which go through each pass of kernels.h. The room for results is exactly what the functions ask for, so that AddressSanitizer finds a
 * value too many.
 */

#include "reader.c"

#define FIELD(name, type, values, state) {name, sizeof name - 1, type, 0, values, state}

static void *room(size_t entries, size_t size) {
    void *out = calloc(entries ? entries : 1, size);
    if (out == NULL) abort();
    return out;
}

static void read_list(text data, const document_index *index, const member *list) {
    const int64_t *starts = index->row_starts + list->first_row, *ends = index->row_ends + list->first_row;
    size_t n = (size_t)list->rows, values, k;
    int32_t suspicious = 0, other = 0;
    if (n == 0) return;
    values = (size_t)(ends[n - 1] - starts[0]) / 2 + 1;
    void *columns[12];
    uint8_t *states[14];
    for (k = 0; k < 12; k++) columns[k] = room(4 * n, 8);
    for (k = 0; k < 14; k++) states[k] = room(n, 1);
    ragged out = {{room(values, 8), room(values, 8), 0, 0, (int64_t)values},
                  {room(values, 8), room(n, 8), 0, 0, (int64_t)values},
                  {room(n, 1), room(n, 8), 0, room(n, 8), room(2 * n, 8), room(2 * n, 8), room(values, 8), 0, (int64_t)values}};
    const field fields[] = {
        FIELD("id", INTEGER, columns[0], states[0]),           FIELD("image_id", INTEGER, columns[1], states[1]),
        FIELD("category_id", INTEGER, columns[2], states[2]),  FIELD("bbox", BOX, columns[3], states[3]),
        FIELD("area", REAL, columns[4], states[4]),            FIELD("iscrowd", INTEGER, columns[5], states[5]),
        FIELD("segmentation", SEGMENTATION, NULL, NULL),       FIELD("keypoints", NUMBERS, NULL, states[6]),
        FIELD("num_keypoints", INTEGER, columns[6], states[7]), FIELD("caption", STRING, columns[7], states[8]),
        FIELD("file_name", STRING, columns[8], states[9]),     FIELD("license", LICENSE, columns[9], states[10]),
        FIELD("coco_url", PRESENCE, NULL, states[11]),         FIELD("score", SCORE, columns[10], states[12]),
    };
    int32_t status = cocoproof_read_rows(data, starts, ends, (int64_t)n, fields, (int32_t)(sizeof fields / sizeof fields[0]), &out, &suspicious);
    int32_t valid = cocoproof_validate(data, starts, ends, (int64_t)n, &other);
    /* Both agree on what is JSON. */
    if ((status == INVALID) != (valid == INVALID)) abort();
    if ((size_t)out.rings.count > values || (size_t)out.rings.lists > values || (size_t)out.masks.run_count > values) abort();
    for (k = 0; k < 12; k++) free(columns[k]);
    for (k = 0; k < 14; k++) free(states[k]);
    free(out.rings.values), free(out.rings.lengths), free(out.keypoints.values), free(out.keypoints.lengths);
    free(out.masks.shape), free(out.masks.rings), free(out.masks.rle_row), free(out.masks.rle_size), free(out.masks.rle_counts);
    free(out.masks.runs);
}

/* One number of the input: a small one, or any double that is finite. */
static double some_number(const uint8_t *input, size_t k) {
    double value;
    memcpy(&value, input + 8 * k, 8);
    if (input[8 * k + 7] & 1 || value - value != 0) return (double)(int8_t)input[8 * k] / 4;
    return value;
}

static void pass_over(const uint8_t *input, size_t size) {
    size_t n = size / 8, rows = n / 4, k;
    double *values = room(n, 8), *areas = room(n, 8), *bounds = room(4 * n, 8), *sums = room(n, 8), *envelopes = room(4 * n, 8);
    int64_t *offsets = room(n + 1, 8), *chosen = room(n, 8), *runs = room(n, 8), *heights = room(n, 8), *starts = room(7, 8), *groups = room(rows, 8);
    uint64_t *digests = room(n, 8);
    uint8_t *flags = room(n, 1), *near = room(5, 1);
    placed *line = room(rows, sizeof(placed));
    for (k = 0; k < n; k++) {
        values[k] = some_number(input, k);
        memcpy(&runs[k], input + 8 * k, 8);
        if (input[8 * k + 6] & 3) runs[k] = input[8 * k] % 12;
        heights[k] = input[8 * k + 5] & 1 ? runs[k] : 1 + input[8 * k] % 9;
        offsets[k + 1] = offsets[k] + input[8 * k + 4] % 24;
        if ((size_t)offsets[k + 1] > n) offsets[k + 1] = (int64_t)n;
        chosen[k] = (int64_t)(input[8 * k + 3] % n);
        if (k < rows) groups[k] = input[8 * k + 2] % 6 - 1;
    }
    cocoproof_count_lines(input, 0, (int64_t)size, &starts[0], &starts[1]);
    starts[0] = starts[1] = 0;
    cocoproof_measure_rings(values, offsets, (int64_t)n, areas, bounds);
    cocoproof_star_shaped(values, offsets, chosen, (int64_t)n, flags);
    cocoproof_join_rings(areas, bounds, offsets, (int64_t)n, sums, envelopes);
    cocoproof_digest_column((const uint8_t *)values, 32, 1, 1, (int64_t)rows, digests);
    cocoproof_digest_column((const uint8_t *)runs, 8, 0, 0, (int64_t)rows, digests);
    cocoproof_digest_rows((const uint8_t *)values, 1, offsets, (int64_t)n, digests);
    cocoproof_near_groups(values, groups, (int64_t)rows, 5, 0.05 + (n ? input[1] % 9 : 0) / 10.0, n ? input[2] : 0, starts, line, near);
    cocoproof_euler_numbers(runs, offsets, heights, (int64_t)n, chosen);
    cocoproof_measure_masks(runs, offsets, heights, (int64_t)n, chosen, envelopes);
    free(values), free(areas), free(bounds), free(sums), free(envelopes), free(offsets), free(chosen), free(runs), free(heights), free(starts);
    free(groups), free(digests), free(flags), free(near), free(line);
}

/* The input as the counts of two masks. */
static void decode(const uint8_t *input, size_t size) {
    int64_t starts[] = {0, (int64_t)size / 3}, ends[] = {(int64_t)size / 3, (int64_t)size}, lengths[2], total;
    int32_t is_escaped;
    uint8_t faults[2], *data = room(size, 1);
    if (size) memcpy(data, input, size);
    for (is_escaped = 0; is_escaped < 2; is_escaped++) {
        int64_t *runs = room(size, 8);
        total = cocoproof_decode_counts(data, starts, ends, 2, is_escaped, runs, lengths, faults);
        if (total != lengths[0] + lengths[1] || (faults[0] != RLE_OK && lengths[0]) || (faults[1] != RLE_OK && lengths[1])) abort();
        free(runs);
    }
    free(data);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size) {
    uint8_t *data = room(size + 1, 1);
    document_index index;
    int64_t k;
    if (size) memcpy(data, input, size);
    if (cocoproof_index(data, (int64_t)size, &index) == PLAIN)
        for (k = 0; k < index.members; k++)
            if (index.member[k].rows > 0) read_list(data, &index, &index.member[k]);
    cocoproof_free_index(&index);
    free(data);
    pass_over(input, size);
    decode(input, size);
    return 0;
}
