#pragma once

#include "bench/load/options.hpp"

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace musterd::bench {

/// A request in flight and its expected answer.
struct planned {
  std::size_t person = 0;
  std::string_view step;
  int expected_status = 0;
};

/// The people of one run: who is free for the next request, and where each is in the cycle.
class population {
 public:
  explicit population(const options& o);

  /// Whether somebody is free. In the open loop there may be more requests due than people.
  bool anyone_free() const { return next_in_order_ < order_end_ || !free_.empty(); }
  /// Takes a free person and writes their next request.
  planned plan(std::string& request);
  /// Frees an answered person. After a wrong answer their step is unknown, so they are left alone.
  void done(const planned& p, bool right);
  /// Why the body is not the answer to the request; empty if it is.
  std::string check(const planned& p, std::string_view body) const;
  std::size_t left_alone() const { return left_alone_; }

 private:
  struct person {
    std::string id;
    /// The part of the head that never changes.
    std::string head;
    /// For `post`.
    std::string body;
    std::uint8_t step = 0;
  };

  const options& options_;
  std::vector<person> people_;
  std::vector<std::uint32_t> free_;
  /// With `once`: the next person in the list, and the list's end.
  std::size_t next_in_order_ = 0, order_end_ = 0;
  std::mt19937_64 random_;
  std::uint64_t key_ = 0;
  std::string key_prefix_;
  std::string clock_in_body_;
  std::size_t left_alone_ = 0;
};

}  // namespace musterd::bench
