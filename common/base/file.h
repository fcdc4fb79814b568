/* file.h - Whole files, read and written at once.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#ifndef POSTERN_FILE_H
#define POSTERN_FILE_H

#include <stddef.h>
#include <sys/types.h>
#include <gpg-error.h>

/* Read all of PATH, at most MAX bytes (GPG_ERR_TOO_LARGE), into *R_DATA,
   which has a NUL behind it and is to be freed.  "-" is stdin.  Links are
   followed; a FIFO or a device is not waited for (GPG_ERR_INV_OBJ).  */
gpg_error_t file_read (const char *path, size_t max,
                       unsigned char **r_data, size_t *r_len);

/* The same of a file in a folder that another owns: no link is followed.  */
gpg_error_t file_read_plain (const char *path, size_t max,
                             unsigned char **r_data, size_t *r_len);

/* Open PATH for reading, by the same rule as file_read; "-" is a name.  */
gpg_error_t file_open (const char *path, int *r_fd);

/* The text of an error of these functions.  */
const char *file_why (gpg_error_t err);

#define FILE_TEMP ".new-"

/* Write LEN bytes to PATH with MODE, so that a crash leaves the old file
   or the new one: a temporary file beside it, synced, then renamed, and
   the folder synced.  What a crash leaves is PATH, FILE_TEMP and six letters
   or digits.  With FRESH an existing PATH is GPG_ERR_EEXIST.  */
gpg_error_t file_write (const char *path, const void *data, size_t len,
                        mode_t mode, int fresh);

/* Sync the folder that PATH is in.  */
gpg_error_t file_sync_folder (const char *path);

/* Take the file PATH away, and sync the folder.  */
gpg_error_t file_remove (const char *path);

/* Take away the folder PATH, which we made and nobody else writes to, with
   all that is in it on its file system.  What cannot be removed stays.  */
void file_remove_tree (const char *path);

/* Write LEN bytes to FD, through short writes and signals.  */
gpg_error_t file_write_fd (int fd, const void *data, size_t len);

#endif /*POSTERN_FILE_H*/
