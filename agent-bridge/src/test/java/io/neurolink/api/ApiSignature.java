package io.neurolink.api;

import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What users of a type can name, call, implement or have compiled into their classes, a line each, in an order of its own. */
final class ApiSignature {
    private static final int TYPE_MODIFIERS = Modifier.PUBLIC | Modifier.PROTECTED | Modifier.STATIC | Modifier.FINAL | Modifier.ABSTRACT;

    private ApiSignature() {
    }

    /** {@return whether users can name the type} */
    static boolean isApi(Class<?> type) {
        boolean isSeen = (type.getModifiers() & (Modifier.PUBLIC | Modifier.PROTECTED)) != 0 && !type.isSynthetic();
        return isSeen && (type.getEnclosingClass() == null || isApi(type.getEnclosingClass()));
    }

    /** {@return the line of the type and below it one for each of its members} */
    static List<String> of(Class<?> type) {
        List<String> lines = new ArrayList<>();
        lines.add(declaration(type));
        members(type).stream().map(line -> "    " + line).forEach(lines::add);
        return lines;
    }

    private static String declaration(Class<?> type) {
        int modifiers = type.getModifiers() & TYPE_MODIFIERS;
        String kind = type.isAnnotation() ? "@interface" : type.isInterface() ? "interface" : type.isEnum() ? "enum"
                : type.isRecord() ? "record" : "class";
        if (type.isInterface() || type.isEnum()) {
            modifiers &= ~(Modifier.ABSTRACT | Modifier.FINAL);
        }
        StringBuilder out = new StringBuilder(Modifier.toString(modifiers)).append(type.isSealed() ? " sealed " : " ")
                .append(kind).append(' ').append(type.getName()).append(variables(type.getTypeParameters()));
        if (type.getGenericSuperclass() != null && type.getSuperclass() != Object.class && !type.isEnum() && !type.isRecord()) {
            out.append(" extends ").append(type.getGenericSuperclass().getTypeName());
        }
        append(out, type.isInterface() ? " extends " : " implements ", Arrays.stream(type.getGenericInterfaces()).map(Type::getTypeName));
        return out.toString();
    }

    private static void append(StringBuilder out, String word, Stream<String> names) {
        String joined = names.sorted().collect(Collectors.joining(", "));
        if (!joined.isEmpty()) {
            out.append(word).append(joined);
        }
    }

    private static String variables(TypeVariable<?>[] variables) {
        if (variables.length == 0) {
            return "";
        }
        return Arrays.stream(variables).map(variable -> variable.getName() + Arrays.stream(variable.getBounds())
                        .filter(bound -> bound != Object.class).map(Type::getTypeName).collect(Collectors.joining(" & ", " extends ", "")))
                .map(text -> text.endsWith(" extends ") ? text.substring(0, text.length() - 9) : text)
                .collect(Collectors.joining(", ", "<", ">"));
    }

    /** Those that are inherited from a class that users cannot name are the type's own to them. */
    private static TreeSet<String> members(Class<?> type) {
        TreeSet<String> lines = new TreeSet<>();
        for (Class<?> c = type; c != null && (c == type || isOurs(c) && !isApi(c)); c = c.getSuperclass()) {
            for (Field field : c.getDeclaredFields()) {
                add(lines, type, field, field.toGenericString() + value(field));
            }
            for (Method method : c.getDeclaredMethods()) {
                add(lines, type, method, method.toGenericString().replace("synchronized ", "") + (method.getDefaultValue() == null ? ""
                        : " default " + method.getDefaultValue()));
            }
            if (c == type) {
                for (Executable constructor : c.getDeclaredConstructors()) {
                    add(lines, type, constructor, constructor.toGenericString());
                }
            }
        }
        return lines;
    }

    private static boolean isOurs(Class<?> type) {
        return type.getName().startsWith("io.neurolink.");
    }

    private static void add(TreeSet<String> lines, Class<?> type, Member member, String line) {
        boolean isOpen = !Modifier.isFinal(type.getModifiers()) && !type.isSealed();
        boolean isSeen = Modifier.isPublic(member.getModifiers()) || isOpen && Modifier.isProtected(member.getModifiers());
        if (isSeen && !member.isSynthetic()) {
            String owner = member.getDeclaringClass().getTypeName();
            lines.add(line.replace(owner + "." + member.getName(), member.getName()));
        }
    }

    /** Constants are copied into the classes of those who use them. */
    private static String value(Field field) {
        int constant = Modifier.PUBLIC | Modifier.STATIC | Modifier.FINAL;
        if ((field.getModifiers() & constant) != constant || !(field.getType().isPrimitive() || field.getType() == String.class)) {
            return "";
        }
        try {
            field.setAccessible(true);
            return " = " + field.get(null);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(field.toString(), e);
        }
    }
}
