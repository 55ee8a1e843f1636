#include "common/observation/trace.hpp"
#include "domain/audit/audit_trace.hpp"

#include <doctest/doctest.h>

using namespace musterd;

namespace {

constexpr auto theirs = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

std::string current_span() {
  const auto& ids = trace_scope::current();
  return ids.set ? std::string{ids.span, sizeof ids.span} : std::string{};
}

std::string current_trace() {
  const auto& ids = trace_scope::current();
  return ids.set ? std::string{ids.trace, sizeof ids.trace} : std::string{};
}

}  // namespace

TEST_CASE("trace: what is a traceparent and what is none") {
  CHECK(is_traceparent(theirs));
  for (const auto* none : {"", "x", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
                           "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                           "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                           "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                           "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-zz",
                           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x"}) {
    CAPTURE(none);
    CHECK_FALSE(is_traceparent(none));
    CHECK(trace_id_of(none).empty());
  }
  CHECK(trace_id_of(theirs) == "4bf92f3577b34da6a3ce929d0e0e4736");
}

TEST_CASE("trace: one of our own is sound, and belongs to its id") {
  auto ours = new_traceparent();
  CHECK(is_traceparent(ours));
  CHECK(new_traceparent() != ours);
  auto id = uuid::parse("01941f29-7c00-7000-8000-0000000000aa").value();
  CHECK(traceparent_for(id) == "00-01941f297c00700080000000000000aa-80000000000000aa-01");
  for (const auto* zeros : {"00000000-0000-0000-0000-000000000000", "01941f29-7c00-7000-0000-000000000000"})
    CHECK(is_traceparent(traceparent_for(uuid::parse(zeros).value())));
}

TEST_CASE("trace: a scope ends, nests, and gives the same work the same span on every thread") {
  CHECK(current_trace().empty());
  {
    trace_scope outer{theirs, "c1", timestamp{}};
    CHECK(current_trace() == trace_id_of(theirs));
    auto span = current_span();
    CHECK(span.size() == 16);
    CHECK(span != "00f067aa0ba902b7");
    {
      trace_scope other{theirs, "c2", timestamp{}};
      CHECK(current_span() != span);
      trace_scope none{"rubbish", "c3", timestamp{}};
      CHECK(current_trace() == trace_id_of(theirs));
    }
    CHECK(current_span() == span);
    trace_scope again{theirs, "c1", timestamp{}};
    CHECK(current_span() == span);
  }
  CHECK(current_trace().empty());
}

TEST_CASE("trace: audit details carry it, and give it back") {
  auto with = traced(theirs, R"({"a":1})");
  CHECK(with == R"({"a":1,"traceId":"4bf92f3577b34da6a3ce929d0e0e4736"})");
  CHECK(trace_id_in(with) == trace_id_of(theirs));
  CHECK(traced(theirs, "{}") == R"({"traceId":"4bf92f3577b34da6a3ce929d0e0e4736"})");
  CHECK(traced("rubbish", R"({"a":1})") == R"({"a":1})");
  CHECK(trace_id_in(R"({"a":1})").empty());
  // A traceId within somebody's details is not ours.
  CHECK(trace_id_in(R"({"details":{"traceId":"4bf92f3577b34da6a3ce929d0e0e4736"}})").empty());
}
