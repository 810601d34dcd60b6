package io.neurolink.agent.envelope;

import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;

/** The components of each record class, looked up once. A record that its module does not open is found out when it is read. */
final class RecordShape {
    private static final ClassValue<List<Component>> SHAPES = new ClassValue<>() {
        @Override
        protected List<Component> computeValue(Class<?> type) {
            return Arrays.stream(type.getRecordComponents()).map(RecordShape::component).toList();
        }
    };

    private RecordShape() {
    }

    static List<Component> of(Class<? extends Record> type) {
        return SHAPES.get(type);
    }

    private static Component component(RecordComponent component) {
        Method accessor = component.getAccessor();
        accessor.trySetAccessible();
        return new Component(component.getName(), accessor);
    }

    record Component(String name, Method accessor) {
    }
}
