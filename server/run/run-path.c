/* run-path.c - Check that only root can change a program.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "run.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>


/* Check one folder or file of the path.  */
static enum refusal
check_step (const char *path, bool last)
{
  struct stat st;

  if (lstat (path, &st))
    return REFUSAL_RUN_MISSING;
  if (st.st_uid || (st.st_mode & (S_IWGRP | S_IWOTH)))
    return REFUSAL_RUN_WRITABLE;
  if (last && (!S_ISREG (st.st_mode) || !(st.st_mode & 0111)))
    return REFUSAL_RUN_NO_PROGRAM;
  return REFUSAL_NONE;
}


enum refusal
run_check_path (const char *path, char **r_real)
{
  char *real = *path == '/' ? realpath (path, NULL) : NULL;
  enum refusal why = real ? REFUSAL_NONE : REFUSAL_RUN_MISSING;
  char *end;

  if (r_real)
    *r_real = NULL;
  if (real)
    why = check_step ("/", false);
  for (end = real; !why && end && (end = strchr (end + 1, '/')); )
    {
      *end = 0;
      why = check_step (real, false);
      *end = '/';
    }
  if (!why)
    why = check_step (real, true);
  if (!why && r_real)
    *r_real = real;
  else
    free (real);
  return why;
}
