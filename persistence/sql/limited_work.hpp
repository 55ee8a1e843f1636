#pragma once

#include "common/process/interruption.hpp"

#include <pqxx/pqxx>

#include <chrono>

namespace musterd {

/// A transaction that is abandoned, with its connection, once the server has been silent this long.
struct limited_work {
  interruption::limit limit;
  pqxx::work tx;

  limited_work(pqxx::connection& db, interruption& on, std::chrono::milliseconds silence)
      : limit{on, silence}, tx{db} {}
};

}  // namespace musterd
