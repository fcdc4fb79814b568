/* main.c - The main function of a role or of posternd: ROLE_MAIN says which.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "mains.h"

int
main (int argc, char **argv)
{
  return ROLE_MAIN (argc, argv);
}
