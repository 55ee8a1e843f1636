#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace musterd::bench {

/// Latencies in buckets of about 1.6 %; as microseconds, from 1 µs to over an hour (bench/decisions.cpp
/// counts nanoseconds).
class histogram {
 public:
  void add(std::uint64_t microseconds) {
    ++counts_[index(microseconds)];
    ++total_;
    if (microseconds > max_)
      max_ = microseconds;
  }
  std::uint64_t total() const { return total_; }
  std::uint64_t max() const { return max_; }
  /// Upper end of the bucket in which the given part (0 to 1) of all values is reached.
  std::uint64_t at(double part) const {
    auto wanted = static_cast<std::uint64_t>(part * static_cast<double>(total_) + 0.5);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i)
      if ((seen += counts_[i]) >= wanted && seen > 0)
        return std::min(upper_end(i), max_);
    return max_;
  }

 private:
  static constexpr unsigned fine_bits = 6;
  static constexpr std::size_t fine = std::size_t{1} << fine_bits;

  static std::size_t index(std::uint64_t value) {
    if (value < 2 * fine)
      return value;
    auto shift = static_cast<unsigned>(std::bit_width(value)) - fine_bits - 1;
    return std::min(shift * fine + (value >> shift), std::size_t{28} * fine - 1);
  }
  static std::uint64_t upper_end(std::size_t i) {
    if (i < 2 * fine)
      return i;
    auto shift = i / fine - 1;
    return ((i - shift * fine + 1) << shift) - 1;
  }

  std::array<std::uint64_t, 28 * fine> counts_{};
  std::uint64_t total_ = 0, max_ = 0;
};

}  // namespace musterd::bench
