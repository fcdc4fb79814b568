/* conf-files.h - The files of a configuration, and who may touch them.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#ifndef POSTERN_COMMON_CONF_FILES_H
#define POSTERN_COMMON_CONF_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <gpg-error.h>
#include "conf-place.h"
#include "../base/strlist.h"

#define CONF_MAX_FILE (1024 * 1024)

/* Open a folder (relative to FROM, or AT_FDCWD) and check who may write
   it.  PATH is what messages call it.  A missing one is GPG_ERR_ENOENT.  */
gpg_error_t conf_files_open_dir (int from, const char *name,
                                 const char *path, int *r_fd,
                                 char **r_message);

/* Open the file NAME of DIRFD to read and check who may write it, and with
   SECRET who may read it.  */
gpg_error_t conf_files_open (int dirfd, const char *name, bool secret,
                             const struct conf_place *place, int *r_fd);

/* Open the file PATH to read, with the checks of a secret's modes.  */
gpg_error_t conf_files_open_secret (const char *path, int *r_fd,
                                    char **r_message);

/* Read a text file of DIRFD.  *R_TEXT has a NUL behind it; free.  */
gpg_error_t conf_files_read (int dirfd, const char *name,
                             const char *path, char **r_text,
                             size_t *r_len, char **r_message);

/* Read the secret file NAME of DIRFD into BUF; *R_LEN may be SIZE where
   there is more.  */
gpg_error_t conf_files_read_secret (int dirfd, const char *name,
                                    const char *path, void *buf,
                                    size_t size, size_t *r_len,
                                    char **r_message);

/* The names in the folder DIRFD that end in ".conf" and do not begin with
   a dot, sorted.  */
gpg_error_t conf_files_list (int dirfd, const char *path,
                             struct strlist *r_names,
                             char **r_message);

#endif /*POSTERN_COMMON_CONF_FILES_H*/
