# Programs that test the whole: everything in one process, on virtual time.

if(NOT FLORIN_TESTS)
  return()
endif()

file(GLOB SIM_SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/test/sim/*.cpp)
set(SIM_TESTS ${SIM_SOURCES})
list(FILTER SIM_TESTS INCLUDE REGEX "_test\\.cpp$")
list(REMOVE_ITEM SIM_SOURCES ${SIM_TESTS})

add_library(florin_sim STATIC ${SIM_SOURCES})
target_include_directories(florin_sim PUBLIC ${CMAKE_SOURCE_DIR}/test/sim)
target_link_libraries(florin_sim PUBLIC florin_app florin_ledger florin_authorize_net florin_bank_simulator florin_sandbox
  florin_identity florin_audit florin_json florin_telemetry)
target_precompile_headers(florin_sim REUSE_FROM florin_pch)

add_executable(test_sim ${CMAKE_SOURCE_DIR}/test/sim/crash_test.cpp ${CMAKE_SOURCE_DIR}/test/sim/trouble_test.cpp)
target_link_libraries(test_sim PRIVATE florin_sim GTest::gtest GTest::gtest_main Threads::Threads)
target_precompile_headers(test_sim REUSE_FROM florin_pch)
add_test(NAME sim COMMAND test_sim WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
