/* file.h - Read and write whole files.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#ifndef POSTERN_FILE_H
#define POSTERN_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <gpg-error.h>

/* Read all of PATH, at most MAX bytes (GPG_ERR_TOO_LARGE), into *R_DATA,
   *R_LEN bytes followed by a NUL, which is to be freed.  "-" is stdin.  Links
   are followed.  A FIFO or a device is refused without waiting for it
   (GPG_ERR_INV_OBJ), a folder too (GPG_ERR_EISDIR).  */
gpg_error_t file_read (const char *path, size_t max,
                       unsigned char **r_data, size_t *r_len);

/* The same for a file in a folder that another user owns: a symbolic link is
   not followed (GPG_ERR_ELOOP).  */
gpg_error_t file_read_plain (const char *path, size_t max,
                             unsigned char **r_data, size_t *r_len);

/* Open PATH for reading, by the same rules as file_read, but "-" is a name
   like others.  */
gpg_error_t file_open (const char *path, int *r_fd);

/* A constant text for an error of these functions.  */
const char *file_why (gpg_error_t err);

/* Write LEN bytes to PATH with MODE, so that a crash leaves either the old
   file or the new one: a temporary file in the same folder is written,
   synced and renamed, and the folder synced.  With FRESH, GPG_ERR_EEXIST if
   PATH exists.  */
gpg_error_t file_write (const char *path, const void *data, size_t len,
                        mode_t mode, int fresh);

/* True if NAME, with or without folders, is that of a temporary file which a
   crash of file_write left behind: "alice.conf.new-x3Fd9a".  */
bool file_is_temp (const char *name);

/* Sync the folder that PATH is in.  */
gpg_error_t file_sync_folder (const char *path);

/* Remove the file PATH and sync the folder.  */
gpg_error_t file_remove (const char *path);

/* Remove the folder PATH, which the caller made and nobody else writes to,
   with everything in it on the same file system.  What cannot be removed
   stays.  */
void file_remove_tree (const char *path);

/* Write LEN bytes to FD, whatever short writes and signals come.  */
gpg_error_t file_write_fd (int fd, const void *data, size_t len);

#endif /*POSTERN_FILE_H*/
