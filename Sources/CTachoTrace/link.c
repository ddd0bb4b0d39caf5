/* A word to the linker: leave out libraries that nothing here calls.
 *
 * SwiftPM links every dynamic product against libswiftCore, also one made of C alone. Entries of this section are
 * put on the linker's command line in front of it, which flags in the manifest cannot do. The traced program's
 * process then gets this library and nothing else.
 */
__attribute__((section(".swift1_autolink_entries"), used, retain)) static const char tacho_link_options[] =
    "-Wl,--as-needed";
