#include "http/routes/operations/standard_routes.hpp"

#include "http/openapi/docs_page.hpp"
#include "http/openapi/openapi.hpp"
#include "http/routing/call.hpp"

#include <mutex>

namespace musterd {
namespace {

/// Built on the first request, when the table is complete.
struct cached_document {
  std::once_flag once;
  std::shared_ptr<const shared_text> text;
};

}  // namespace

void operator_routes(route_table& on, std::function<health_report()> health,
                     std::function<std::string()> metrics) {
  using access::open;
  on.get("/health/live", open, [](http_call&& call) { call.respond(json_response(200, health_report{})); },
         {.name = "getLiveness", .description = "The process runs.", .response = schema_of<health_report>})
      .even_when_busy = true;
  on.get("/health/ready", open,
         [health = std::move(health)](http_call&& call) {
           auto report = health();
           call.respond(json_response(report.status == health_status::down ? 503 : 200, report));
         },
         {.name = "getReadiness",
          .description = "Whether requests can be served.",
          .response = schema_of<health_report>})
      .even_when_busy = true;
  if (!metrics)
    return;
  auto& figures = on.get("/metrics", open,
                         [metrics = std::move(metrics)](http_call&& call) {
                           call.respond({200, metrics(), "text/plain; version=0.0.4; charset=utf-8", {}, {}});
                         },
                         {.name = "getMetrics",
                          .description = "Figures in Prometheus' text format.",
                          .response = schema_of<std::string>,
                          .response_type = "text/plain"});
  figures.even_when_busy = true;
  figures.apart = true;
}

void standard_routes(route_table& on, standard_sources sources) {
  using access::open;
  operator_routes(on, std::move(sources.health), std::move(sources.metrics));

  auto document = std::make_shared<cached_document>();
  on.get("/openapi.json", open,
         [&on, document, version = std::move(sources.version)](http_call&& call) {
           std::call_once(document->once, [&] {
             document->text = std::make_shared<shared_text>(openapi_document(on, version));
           });
           call.respond({200, {}, "application/json", {}, {}, document->text});
         },
         {.name = "getOpenapiDocument", .description = "This document.", .response = schema_of<raw_json>})
      .apart = true;

  auto page = std::make_shared<docs_page>(std::move(sources.docs_dir));
  on.get("/docs", open, [page](http_call&& call) { call.respond(page->page()); },
         {.name = "getDocsPage",
          .description = "The API as a page.",
          .response = schema_of<std::string>,
          .response_type = "text/html"});
  on.get("/docs/rapidoc-min.js", open, [page](http_call&& call) { call.respond(page->script()); },
         {.name = "getDocsScript",
          .description = "The page's script.",
          .response = schema_of<std::string>,
          .response_type = "text/javascript"});
}

}  // namespace musterd
