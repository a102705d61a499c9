# The business, the outside's translators and the program. Continues the list in CMakeLists.txt.
