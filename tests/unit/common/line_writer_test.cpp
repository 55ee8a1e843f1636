#include "common/observation/line_writer.hpp"
#include "tests/support/deadline.hpp"
#include "tests/support/lines.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <vector>

using namespace musterd;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t page = 4096;

/// A pipe that buffers one page.
struct narrow_pipe {
  std::array<int, 2> ends{};
  narrow_pipe() {
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    REQUIRE(::fcntl(ends[1], F_SETPIPE_SZ, static_cast<int>(page)) > 0);
    REQUIRE(::fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
  }

  /// Reads what is there, without waiting.
  std::string read_some() const {
    std::string bytes(page, '\0');
    auto count = ::read(ends[0], bytes.data(), bytes.size());
    bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    return bytes;
  }
  /// Everything `writer` has been given so far.
  std::string read_all(line_writer& writer) const {
    std::string all;
    CHECK(testing::becomes_true(60s, [&] {
      auto written = writer.flush(1ms);
      for (auto some = read_some(); !some.empty(); some = read_some())
        all += some;
      return written;
    }));
    return all;
  }
};

/// Never destroyed: its thread may hang.
line_writer& writer_to(const narrow_pipe& pipe, std::size_t most) {
  return *new line_writer{pipe.ends[1], most,
                          [](auto missing) { return "missing " + std::to_string(missing); }};
}

}  // namespace

TEST_CASE(
    "line writer: nobody waits for a reader that hangs; what is missing is counted, and said where it is") {
  narrow_pipe pipe;
  auto& writer = writer_to(pipe, 2 * page);
  constexpr std::uint64_t most = 10'000;
  for (std::uint64_t i = 0; i < most; ++i)
    writer.write("line " + std::to_string(i));
  CHECK_FALSE(writer.flush(1ms));
  auto dropped = writer.dropped();
  CHECK(dropped > 0);
  CHECK(dropped < most);

  // If its thread started late, lines are missing in two places.
  auto seen = pipe.read_all(writer);
  writer.write("the last");
  seen += pipe.read_all(writer);
  std::uint64_t next = 0;
  for (const auto& line : testing::lines_of(seen)) {
    CAPTURE(line);
    if (line.starts_with("missing "))
      next += std::stoull(line.substr(8));
    else if (line != "the last")
      CHECK(line == "line " + std::to_string(next++));
  }
  CHECK(next == most);
  CHECK(seen.ends_with("\nthe last\n"));
  CHECK(writer.dropped() == dropped);
}

TEST_CASE("line writer: what nobody can read any more is counted as dropped, and what comes later is tried") {
  narrow_pipe pipe;
  auto& writer = writer_to(pipe, page);
  ::close(pipe.ends[0]);
  writer.write("one");
  CHECK(writer.flush(10s));
  writer.write("two");
  CHECK(writer.flush(10s));
  CHECK(writer.dropped() == 2);
}
