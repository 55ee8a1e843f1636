#include "common/json/json_document.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory_resource>

namespace musterd {
namespace {

namespace json = boost::json;

/// Member names of the objects being read, innermost last.
class member_names {
 public:
  explicit member_names(std::pmr::memory_resource* memory)
      : text_{memory}, names_{memory}, objects_{memory} {}

  void begin_object() { objects_.push_back(names_.size()); }
  void add_part(std::string_view part) { text_.append(part); }
  void end_name(std::size_t size) { names_.push_back({text_.size() - size, size}); }
  /// A name the innermost object has twice. Cheap whatever the names.
  std::optional<std::string_view> repeated();
  void end_object() {
    auto first = names_.begin() + static_cast<std::ptrdiff_t>(objects_.back());
    if (first != names_.end())
      text_.resize(first->begin);
    names_.erase(first, names_.end());
    objects_.pop_back();
  }

 private:
  struct span {
    std::size_t begin, size;
  };
  std::string_view text_of(const span& s) const { return std::string_view{text_}.substr(s.begin, s.size); }

  std::pmr::string text_;
  std::pmr::vector<span> names_;
  std::pmr::vector<std::size_t> objects_;
};

std::optional<std::string_view> member_names::repeated() {
  constexpr std::ptrdiff_t few = 16;
  auto first = names_.begin() + static_cast<std::ptrdiff_t>(objects_.back());
  auto same = [this](const span& a, const span& b) { return text_of(a) == text_of(b); };
  if (names_.end() - first <= few) {
    for (auto one = first; one != names_.end(); ++one)
      if (std::any_of(first, one, [&](const span& before) { return same(before, *one); }))
        return text_of(*one);
    return std::nullopt;
  }
  std::vector<span> sorted(first, names_.end());
  std::sort(sorted.begin(), sorted.end(),
            [this](const span& a, const span& b) { return text_of(a) < text_of(b); });
  auto found = std::adjacent_find(sorted.begin(), sorted.end(), same);
  return found == sorted.end() ? std::nullopt : std::optional{text_of(*found)};
}

/// Builds a value like Boost's own parser, but each object only after its names have been checked.
class document_builder {
 public:
  using error_code = json::error_code;

  static constexpr std::size_t max_object_size = json_limits::members_per_object;
  static constexpr std::size_t max_array_size = json::array::max_size();
  static constexpr std::size_t max_key_size = json_limits::name_bytes;
  static constexpr std::size_t max_string_size = json::string::max_size();

  document_builder(json::storage_ptr memory, unsigned char* scratch, std::size_t size,
                   std::pmr::memory_resource* names)
      : stack_{{}, scratch, size}, names_{names} {
    stack_.reset(std::move(memory));
  }

  json::value release() { return stack_.release(); }
  const std::optional<std::string>& repeated() const { return repeated_; }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_array_begin(error_code&) { return true; }
  bool on_array_end(std::size_t n, error_code&) {
    stack_.push_array(n);
    return true;
  }
  bool on_object_begin(error_code&) {
    names_.begin_object();
    return true;
  }
  bool on_object_end(std::size_t n, error_code& ec) {
    if (auto name = names_.repeated()) {
      repeated_ = std::string{*name};
      ec = json::error::syntax;
      return false;
    }
    names_.end_object();
    stack_.push_object(n);
    return true;
  }
  bool on_key_part(json::string_view part, std::size_t, error_code&) {
    names_.add_part(part);
    stack_.push_chars(part);
    return true;
  }
  bool on_key(json::string_view rest, std::size_t size, error_code&) {
    names_.add_part(rest);
    names_.end_name(size);
    stack_.push_key(rest);
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t, error_code&) {
    stack_.push_chars(part);
    return true;
  }
  bool on_string(json::string_view rest, std::size_t, error_code&) {
    stack_.push_string(rest);
    return true;
  }
  bool on_number_part(json::string_view, error_code&) { return true; }
  bool on_int64(std::int64_t i, json::string_view, error_code&) {
    stack_.push_int64(i);
    return true;
  }
  bool on_uint64(std::uint64_t u, json::string_view, error_code&) {
    stack_.push_uint64(u);
    return true;
  }
  bool on_double(double d, json::string_view text, error_code& ec) {
    // Boost's conversion is off by a bit or two and drifts with each round trip. On underflow its value
    // stays.
    std::from_chars(text.data(), text.data() + text.size(), d);
    // Boost reads 1E400 as infinity and writes that as 1e99999, which PostgreSQL expands to 100,000 digits.
    if (!std::isfinite(d)) {
      ec = json::error::exponent_overflow;
      return false;
    }
    stack_.push_double(d);
    return true;
  }
  bool on_bool(bool b, error_code&) {
    stack_.push_bool(b);
    return true;
  }
  bool on_null(error_code&) {
    stack_.push_null();
    return true;
  }
  bool on_comment_part(json::string_view, error_code&) { return true; }
  bool on_comment(json::string_view, error_code&) { return true; }

 private:
  json::value_stack stack_;
  member_names names_;
  std::optional<std::string> repeated_;
};

std::string reason(const json::error_code& error) {
  if (!error)
    return "extra text after the document";
  if (error == json::error::object_too_large)
    return fmt::format("an object has more than {} members", json_limits::members_per_object);
  if (error == json::error::key_too_large)
    return fmt::format("a member's name has more than {} bytes", json_limits::name_bytes);
  if (error == json::error::exponent_overflow)
    return "a number is too large";
  return error.message();
}

fault malformed(std::string message, std::vector<field_error> errors = {}) {
  return {fault_kind::invalid, "MALFORMED_JSON", std::move(message), std::move(errors), {}, {}};
}

}  // namespace

outcome<json::value> parse_json(std::string_view text, json::storage_ptr memory) {
  unsigned char scratch[2048], names[1024];
  std::pmr::monotonic_buffer_resource names_memory{names, sizeof names};
  json::basic_parser<document_builder> parser{
      {.max_depth = json_limits::depth}, std::move(memory), scratch, sizeof scratch, &names_memory};
  json::error_code error;
  auto used = parser.write_some(false, text.data(), text.size(), error);
  if (const auto& name = parser.handler().repeated())
    return malformed(fmt::format("The body is not valid JSON: `{}` is given twice in one object.", *name),
                     {{*name, fmt::format("{} is given twice in one object.", *name)}});
  if (error || used != text.size())
    return malformed(fmt::format("The body is not valid JSON: {}, at byte {}.", reason(error), used));
  return parser.handler().release();
}

}  // namespace musterd
