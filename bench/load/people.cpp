#include "bench/load/people.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace musterd::bench {
namespace {

struct cycle_step {
  std::string_view path;
  int status;
};

constexpr cycle_step cycle[] = {
    {"clock-in", 201}, {"breaks/start", 201}, {"breaks/end", 200}, {"clock-out", 200}};

std::string host_line(const options& o) {
  return fmt::format("Host: {}:{}\r\n", o.host, o.port);
}

}  // namespace

population::population(const options& o)
    : options_{o}, random_{std::random_device{}()}, key_prefix_{fmt::format("{:016x}", random_())},
      clock_in_body_{fmt::format(R"({{"locationId":"{}"}})", o.location)} {
  if (o.people_file.empty()) {
    // Anonymous ones, enough for 1024 connections.
    people_.resize(std::max<std::size_t>(o.people, 1024), person{{}, host_line(o), {}, 0});
  } else {
    std::ifstream in{o.people_file};
    std::string text;
    for (std::size_t line = 0; std::getline(in, text); ++line) {
      if (line < o.skip || (o.people != 0 && people_.size() >= o.people))
        continue;
      auto after_id = text.find(' '), after_token = text.find(' ', after_id + 1);
      auto token = text.substr(after_id + 1, after_token - after_id - 1);
      auto body = after_token == text.npos ? std::string{} : text.substr(after_token + 1);
      people_.push_back(
          {text.substr(0, after_id), host_line(o) + "Authorization: Bearer " + token + "\r\n", body, 0});
    }
  }
  if (people_.empty() || (o.people != 0 && people_.size() < o.people))
    throw std::runtime_error{"there are not enough people in " + o.people_file};
  if (o.once)
    order_end_ = people_.size();
  else
    for (std::uint32_t i = 0; i < people_.size(); ++i)
      free_.push_back(i);
}

planned population::plan(std::string& request) {
  std::size_t who = 0;
  if (options_.once) {
    who = next_in_order_++;
  } else {
    // At random, so that all four commands are in flight at any time, each for another person.
    auto place = random_() % free_.size();
    who = free_[place];
    free_[place] = free_.back();
    free_.pop_back();
  }
  const auto& one = people_[who];
  request.clear();
  if (options_.what == scenario::get) {
    fmt::format_to(std::back_inserter(request), "GET {} HTTP/1.1\r\n{}\r\n", options_.path, one.head);
    return {who, {}, options_.expected_status};
  }
  if (options_.what == scenario::post) {
    fmt::format_to(std::back_inserter(request),
                   "POST {} HTTP/1.1\r\n{}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                   options_.path, one.head, one.body.size(), one.body);
    return {who, {}, options_.expected_status};
  }
  const auto& step = cycle[one.step];
  std::string_view body = one.step == 0   ? std::string_view{clock_in_body_}
                          : one.step == 1 ? std::string_view{R"({"breakType":"MEAL"})"}
                                          : std::string_view{"{}"};
  fmt::format_to(
      std::back_inserter(request),
      "POST /api/people/me/{} HTTP/1.1\r\n{}Content-Type: application/json\r\nIdempotency-Key: {}-{}\r\n"
      "Content-Length: {}\r\n\r\n{}",
      step.path, one.head, key_prefix_, ++key_, body.size(), body);
  return {who, step.path, step.status};
}

void population::done(const planned& p, bool right) {
  if (!right) {
    ++left_alone_;
    return;
  }
  if (options_.what == scenario::commands)
    people_[p.person].step = static_cast<std::uint8_t>((people_[p.person].step + 1) % std::size(cycle));
  if (!options_.once)
    free_.push_back(static_cast<std::uint32_t>(p.person));
}

std::string population::check(const planned& p, std::string_view body) const {
  if (options_.people_file.empty() || p.expected_status >= 300)
    return {};
  const auto& person_id = people_[p.person].id;
  if (options_.what != scenario::commands)
    return body.find(person_id) != body.npos ? std::string{}
                                             : fmt::format("{} is not in {}", person_id, body);
  try {
    auto answer = boost::json::parse({body.data(), body.size()});
    auto field = [&](std::string_view record, std::string_view name) -> std::string_view {
      const auto& object =
          record.empty() ? answer.as_object() : answer.at({record.data(), record.size()}).as_object();
      return object.at({name.data(), name.size()}).as_string();
    };
    auto right = p.step == "clock-in" ? field("clockSession", "personId") == person_id &&
                                            field("clockSession", "status") == "OPEN"
                 : p.step == "clock-out" ? field("clockSession", "personId") == person_id &&
                                               field("timecard", "status") == "CLOSED"
                 : p.step == "breaks/start"
                     ? field("", "mechanicId") == person_id && field("", "status") == "IN_PROGRESS"
                     : field("", "mechanicId") == person_id && field("", "status") == "COMPLETED";
    return right ? std::string{} : fmt::format("not the answer for {}: {}", person_id, body);
  } catch (const std::exception& e) {
    return fmt::format("{}: {}", e.what(), body);
  }
}

}  // namespace musterd::bench
