/* One width of the product's inner block; included once for each instruction set.
 *
 * KERNEL: name of the function. LANES: numbers in a vector. ROWS: rows of the block, so that ROWS x 2 sums, two vectors
 * of B and one of A stay in registers. TARGET: the function's attribute.
 *
 * C (ROWS x 2 vectors) = A (DEPTH x ROWS) times B (DEPTH x 2 vectors), all packed: the innermost loop of the blocked
 * product that Goto and van de Geijn describe (ACM TOMS 34, 3, 2008).
 */
TARGET static void KERNEL(const float *a_blocks, const float *b_panels, float *c) {
    typedef float vector __attribute__((vector_size(LANES * sizeof(float)), aligned(sizeof(float))));
    for (int panel = 0; panel < PANELS; panel++) {
        const float *b_panel = b_panels + (size_t)panel * DEPTH * 2 * LANES;
        for (int block = 0; block < BLOCKS; block++) {
            const float *a = a_blocks + (size_t)block * DEPTH * ROWS;
            vector sums[ROWS][2];
#pragma clang loop unroll(full)
            for (int row = 0; row < ROWS; row++) sums[row][0] = sums[row][1] = (vector){0};
            for (int k = 0; k < DEPTH; k++) {
                const vector *b = (const vector *)(b_panel + (size_t)k * 2 * LANES);
                vector b0 = b[0], b1 = b[1];
#pragma clang loop unroll(full)
                for (int row = 0; row < ROWS; row++) {
                    float factor = a[(size_t)k * ROWS + row];
                    sums[row][0] += factor * b0;
                    sums[row][1] += factor * b1;
                }
            }
            vector *target = (vector *)(c + ((size_t)panel * BLOCKS + block) * ROWS * 2 * LANES);
#pragma clang loop unroll(full)
            for (int row = 0; row < ROWS; row++) {
                target[row * 2] = sums[row][0];
                target[row * 2 + 1] = sums[row][1];
            }
        }
    }
}
#undef KERNEL
#undef LANES
#undef ROWS
#undef TARGET
