// The files in page/, embedded by the compiler. A test checks that none is missing from the list.
#include "ctacho_page.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char index_html[] = {
#embed "page/index.html"
};
static const unsigned char style_css[] = {
#embed "page/style.css"
};
static const unsigned char main_js[] = {
#embed "page/main.js"
};
static const unsigned char charts_css[] = {
#embed "page/charts.css"
};
static const unsigned char charts_js[] = {
#embed "page/charts.js"
};
static const unsigned char plot_js[] = {
#embed "page/plot.js"
};
static const unsigned char rows_js[] = {
#embed "page/rows.js"
};
static const unsigned char scale_js[] = {
#embed "page/scale.js"
};
static const unsigned char selecting_js[] = {
#embed "page/selecting.js"
};
static const unsigned char table_css[] = {
#embed "page/table.css"
};
static const unsigned char table_js[] = {
#embed "page/table.js"
};
static const unsigned char api_js[] = {
#embed "page/api.js"
};
static const unsigned char dom_js[] = {
#embed "page/dom.js"
};
static const unsigned char format_js[] = {
#embed "page/format.js"
};
static const unsigned char overview_css[] = {
#embed "page/overview.css"
};
static const unsigned char views_overview_js[] = {
#embed "page/views/overview.js"
};
static const unsigned char views_reports_js[] = {
#embed "page/views/reports.js"
};
static const unsigned char graph_board_js[] = {
#embed "page/graph/board.js"
};
static const unsigned char graph_colours_js[] = {
#embed "page/graph/colours.js"
};
static const unsigned char graph_draw_js[] = {
#embed "page/graph/draw.js"
};
static const unsigned char graph_graph_js[] = {
#embed "page/graph/graph.js"
};
static const unsigned char graph_layout_worker_js[] = {
#embed "page/graph/layout-worker.js"
};
static const unsigned char graph_layout_js[] = {
#embed "page/graph/layout.js"
};
static const unsigned char graph_node_panel_js[] = {
#embed "page/graph/node-panel.js"
};
static const unsigned char layers_columns_js[] = {
#embed "page/layers/columns.js"
};
static const unsigned char layers_kernels_js[] = {
#embed "page/layers/kernels.js"
};
static const unsigned char layers_summary_js[] = {
#embed "page/layers/summary.js"
};
static const unsigned char views_css[] = {
#embed "page/views.css"
};
static const unsigned char views_layers_js[] = {
#embed "page/views/layers.js"
};
static const unsigned char views_model_js[] = {
#embed "page/views/model.js"
};
static const unsigned char views_network_js[] = {
#embed "page/views/network.js"
};
static const unsigned char views_compare_js[] = {
#embed "page/views/compare.js"
};
static const unsigned char views_load_js[] = {
#embed "page/views/load.js"
};
static const unsigned char views_memory_js[] = {
#embed "page/views/memory.js"
};
static const unsigned char activities_css[] = {
#embed "page/activities.css"
};
static const unsigned char views_activities_js[] = {
#embed "page/views/activities.js"
};
static const unsigned char timeline_css[] = {
#embed "page/timeline.css"
};
static const unsigned char timeline_aligned_js[] = {
#embed "page/timeline/aligned.js"
};
static const unsigned char timeline_axis_js[] = {
#embed "page/timeline/axis.js"
};
static const unsigned char timeline_colours_js[] = {
#embed "page/timeline/colours.js"
};
static const unsigned char timeline_chain_js[] = {
#embed "page/timeline/chain.js"
};
static const unsigned char timeline_embedded_js[] = {
#embed "page/timeline/embedded.js"
};
static const unsigned char timeline_source_js[] = {
#embed "page/timeline/source.js"
};
static const unsigned char timeline_finder_js[] = {
#embed "page/timeline/finder.js"
};
static const unsigned char timeline_frame_js[] = {
#embed "page/timeline/frame.js"
};
static const unsigned char timeline_gestures_js[] = {
#embed "page/timeline/gestures.js"
};
static const unsigned char timeline_list_js[] = {
#embed "page/timeline/list.js"
};
static const unsigned char timeline_overlay_js[] = {
#embed "page/timeline/overlay.js"
};
static const unsigned char timeline_painter_js[] = {
#embed "page/timeline/painter.js"
};
static const unsigned char timeline_panel_js[] = {
#embed "page/timeline/panel.js"
};
static const unsigned char timeline_rows_js[] = {
#embed "page/timeline/rows.js"
};
static const unsigned char timeline_tiles_js[] = {
#embed "page/timeline/tiles.js"
};
static const unsigned char timeline_view_js[] = {
#embed "page/timeline/view.js"
};
static const unsigned char views_timeline_js[] = {
#embed "page/views/timeline.js"
};

const tacho_page_file tacho_page_files[] = {
    {"views/activities.js", views_activities_js, sizeof views_activities_js},
    {"activities.css", activities_css, sizeof activities_css},
    {"timeline.css", timeline_css, sizeof timeline_css},
    {"timeline/aligned.js", timeline_aligned_js, sizeof timeline_aligned_js},
    {"timeline/axis.js", timeline_axis_js, sizeof timeline_axis_js},
    {"timeline/colours.js", timeline_colours_js, sizeof timeline_colours_js},
    {"timeline/chain.js", timeline_chain_js, sizeof timeline_chain_js},
    {"timeline/embedded.js", timeline_embedded_js, sizeof timeline_embedded_js},
    {"timeline/source.js", timeline_source_js, sizeof timeline_source_js},
    {"timeline/finder.js", timeline_finder_js, sizeof timeline_finder_js},
    {"timeline/frame.js", timeline_frame_js, sizeof timeline_frame_js},
    {"timeline/gestures.js", timeline_gestures_js, sizeof timeline_gestures_js},
    {"timeline/list.js", timeline_list_js, sizeof timeline_list_js},
    {"timeline/overlay.js", timeline_overlay_js, sizeof timeline_overlay_js},
    {"timeline/painter.js", timeline_painter_js, sizeof timeline_painter_js},
    {"timeline/panel.js", timeline_panel_js, sizeof timeline_panel_js},
    {"timeline/rows.js", timeline_rows_js, sizeof timeline_rows_js},
    {"timeline/tiles.js", timeline_tiles_js, sizeof timeline_tiles_js},
    {"timeline/view.js", timeline_view_js, sizeof timeline_view_js},
    {"views/timeline.js", views_timeline_js, sizeof views_timeline_js},
    {"api.js", api_js, sizeof api_js},
    {"dom.js", dom_js, sizeof dom_js},
    {"format.js", format_js, sizeof format_js},
    {"overview.css", overview_css, sizeof overview_css},
    {"views/overview.js", views_overview_js, sizeof views_overview_js},
    {"views/reports.js", views_reports_js, sizeof views_reports_js},
    {"index.html", index_html, sizeof index_html},
    {"main.js", main_js, sizeof main_js},
    {"charts.css", charts_css, sizeof charts_css},
    {"charts.js", charts_js, sizeof charts_js},
    {"plot.js", plot_js, sizeof plot_js},
    {"rows.js", rows_js, sizeof rows_js},
    {"scale.js", scale_js, sizeof scale_js},
    {"selecting.js", selecting_js, sizeof selecting_js},
    {"table.css", table_css, sizeof table_css},
    {"table.js", table_js, sizeof table_js},
    {"style.css", style_css, sizeof style_css},
    {"graph/board.js", graph_board_js, sizeof graph_board_js},
    {"graph/colours.js", graph_colours_js, sizeof graph_colours_js},
    {"graph/draw.js", graph_draw_js, sizeof graph_draw_js},
    {"graph/graph.js", graph_graph_js, sizeof graph_graph_js},
    {"graph/layout-worker.js", graph_layout_worker_js, sizeof graph_layout_worker_js},
    {"graph/layout.js", graph_layout_js, sizeof graph_layout_js},
    {"graph/node-panel.js", graph_node_panel_js, sizeof graph_node_panel_js},
    {"layers/columns.js", layers_columns_js, sizeof layers_columns_js},
    {"layers/kernels.js", layers_kernels_js, sizeof layers_kernels_js},
    {"layers/summary.js", layers_summary_js, sizeof layers_summary_js},
    {"views.css", views_css, sizeof views_css},
    {"views/layers.js", views_layers_js, sizeof views_layers_js},
    {"views/model.js", views_model_js, sizeof views_model_js},
    {"views/network.js", views_network_js, sizeof views_network_js},
    {"views/compare.js", views_compare_js, sizeof views_compare_js},
    {"views/load.js", views_load_js, sizeof views_load_js},
    {"views/memory.js", views_memory_js, sizeof views_memory_js},
};
const size_t tacho_page_file_count = sizeof tacho_page_files / sizeof tacho_page_files[0];

const tacho_page_file *tacho_page_file_at(size_t index) { return &tacho_page_files[index]; }
