#include "tests/http/time/stage.hpp"

namespace musterd::testing {

TEST_CASE("breaks: notes are kept with the break [S84-F13]") {
  auto ann = shared_server().new_mechanic();
  ann->clock_in();
  auto started =
      ann->http.post("/api/people/me/breaks/start", R"({"breakType":"OTHER","notes":"fetches a part"})");
  REQUIRE(started.status == 201);
  CHECK(text_at(started, "/notes") == "fetches a part");
  CHECK(text_at(ann->end_break(), "/notes") == "fetches a part");
  CHECK(text_at(ann->timecard(), "/breaks/0/notes") == "fetches a part");
}

}  // namespace musterd::testing
